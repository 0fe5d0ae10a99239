"""All links, ten at once, and a failure is an answer too."""

from functools import partial

import outcome
import trio
from trio_patterns.backpressure import bounded_outcomes

from small_web import Web


async def check(web: Web, url: str) -> str:
    answer = await web.get(url)
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def check_all(web: Web) -> dict[str, str]:
    outcomes = await bounded_outcomes(partial(check, web), web.urls, limit=10)
    return {url: verdict_of(each) for url, each in zip(web.urls, outcomes, strict=True)}


def verdict_of(each: outcome.Outcome[str]) -> str:
    if isinstance(each, outcome.Error):
        return f"broken: {each.error!r}"
    return each.unwrap()


def report(web: Web, verdicts: dict[str, str]) -> None:
    for url in web.urls:
        if verdicts[url] != "ok":
            print(f"{url} is {verdicts[url]}")
    print(f"{len(verdicts)} links, {web.requests} requests, at most {web.peak} at once")


async def main() -> None:
    web = Web(gone=["/45"], resets=["/22"])
    start = trio.current_time()
    report(web, await check_all(web))
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
