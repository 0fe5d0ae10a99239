"""One link, one request."""

import trio

from small_web import Web


async def check(web: Web, url: str) -> str:
    answer = await web.get(url)
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def main() -> None:
    web = Web(gone=["/45"])
    start = trio.current_time()
    print(f"/ is {await check(web, '/')}")
    print(f"/45 is {await check(web, '/45')}")
    print(f"{web.requests} requests in {trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
