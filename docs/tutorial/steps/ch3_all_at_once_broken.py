"""All links at once, on a server for twenty clients."""

import trio

from small_web import Web


async def check(web: Web, url: str) -> str:
    answer = await web.get(url)
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def check_into(verdicts: dict[str, str], web: Web, url: str) -> None:
    verdicts[url] = await check(web, url)


async def check_all(web: Web) -> dict[str, str]:
    verdicts: dict[str, str] = {}
    async with trio.open_nursery() as nursery:
        for url in web.urls:
            nursery.start_soon(check_into, verdicts, web, url, name=url)  # BUG: no limit
    return verdicts


def report(web: Web, verdicts: dict[str, str]) -> None:
    for url in web.urls:
        if verdicts[url] != "ok":
            print(f"{url} is {verdicts[url]}")
    print(f"{len(verdicts)} links, {web.requests} requests, at most {web.peak} at once")


async def main() -> None:
    web = Web(gone=["/45"], max_connections=20)
    start = trio.current_time()
    try:
        report(web, await check_all(web))
    except* ConnectionError as group:
        print(f"no report: {group.exceptions[0]!r}")
        print(f"{web.requests} requests, at most {web.peak} at once")
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
