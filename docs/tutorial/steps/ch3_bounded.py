"""All links, ten at once."""

from functools import partial

import trio
from trio_patterns.backpressure import bounded_map

from small_web import Web


async def check(web: Web, url: str) -> str:
    answer = await web.get(url)
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def check_all(web: Web) -> dict[str, str]:
    verdicts = await bounded_map(partial(check, web), web.urls, limit=10)
    return dict(zip(web.urls, verdicts, strict=True))


def report(web: Web, verdicts: dict[str, str]) -> None:
    for url in web.urls:
        if verdicts[url] != "ok":
            print(f"{url} is {verdicts[url]}")
    print(f"{len(verdicts)} links, {web.requests} requests, at most {web.peak} at once")


async def main() -> None:
    web = Web(gone=["/45"], max_connections=20)
    start = trio.current_time()
    report(web, await check_all(web))
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
