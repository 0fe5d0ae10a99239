"""Ten workers and a queue, and the links are found on the way."""

from collections import deque

import trio

from small_web import Web


async def worker(web: Web, queue: deque[str], known: set[str]) -> None:
    while queue:  # BUG: empty now is not empty for good
        answer = await web.get(queue.popleft())
        for link in answer.links:
            if link not in known:
                known.add(link)
                queue.append(link)


async def crawl(web: Web) -> None:
    queue, known = deque(["/"]), {"/"}
    async with trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(worker, web, queue, known, name=f"worker {number}")


async def main() -> None:
    web = Web()
    start = trio.current_time()
    await crawl(web)
    print(f"{len(web.asked)} pages, {web.requests} requests, at most {web.peak} at once")
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
