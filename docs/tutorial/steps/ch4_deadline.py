"""Half a second for everything, and a report of what was done by then."""

from functools import partial

import trio
from trio_patterns.backpressure import bounded_map

from small_web import Web


async def check(web: Web, url: str) -> str:
    try:
        with trio.fail_after(2):
            answer = await web.get(url)
    except trio.TooSlowError:
        return "broken: no answer within 2 s"
    except ConnectionError as error:
        return f"broken: {error}"
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def check_into(verdicts: dict[str, str], web: Web, url: str) -> None:
    verdicts[url] = await check(web, url)


async def check_all(web: Web, seconds: float) -> dict[str, str]:
    verdicts: dict[str, str] = {}
    with trio.move_on_after(seconds):
        await bounded_map(partial(check_into, verdicts, web), web.urls, limit=10)
    return verdicts


def report(web: Web, verdicts: dict[str, str]) -> None:
    for url in web.urls:
        if verdicts.get(url, "ok") != "ok":
            print(f"{url} is {verdicts[url]}")
    print(f"{len(verdicts)} of {len(web.urls)} links, {web.requests} requests")


async def main() -> None:
    web = Web(gone=["/45"], resets=["/22"], silent=["/41"])
    start = trio.current_time()
    report(web, await check_all(web, seconds=0.5))
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
