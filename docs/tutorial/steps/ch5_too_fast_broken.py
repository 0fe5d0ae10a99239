"""Fifty requests a second, on a server that allows five."""

from collections import Counter
from functools import partial

import trio
from trio_patterns.backpressure import bounded_map
from trio_patterns.retry import RetryPolicy, no_jitter, retry

from small_web import Answer, Web


class BusyError(Exception):
    """The server asks to come back later."""


POLICY = RetryPolicy(on=BusyError, attempts=4, base_delay=0.4, jitter=no_jitter)


async def ask(web: Web, url: str) -> Answer:
    with trio.fail_after(2):
        answer = await web.get(url)
    if answer.status in (429, 503):
        raise BusyError(f"status {answer.status}")
    return answer


async def check(web: Web, url: str) -> str:
    try:
        answer = await retry(ask, web, url, policy=POLICY)  # BUG: faster than allowed
    except trio.TooSlowError:
        return "broken: no answer within 2 s"
    except (ConnectionError, BusyError) as error:
        return f"broken: {error}"
    return "ok" if answer.status == 200 else f"broken: status {answer.status}"


async def check_all(web: Web) -> dict[str, str]:
    verdicts = await bounded_map(partial(check, web), web.urls, limit=10)
    return dict(zip(web.urls, verdicts, strict=True))


def report(web: Web, verdicts: dict[str, str]) -> None:
    for verdict, count in sorted(Counter(verdicts.values()).items()):
        print(f"{count:2} {verdict}")
    print(f"{len(verdicts)} links, {web.requests} requests, at most {web.peak} at once")


async def main() -> None:
    web = Web(gone=["/45"], resets=["/22"], busy=["/19", "/27"], max_rate=5)
    start = trio.current_time()
    report(web, await check_all(web))
    print(f"{trio.current_time() - start:.1f} s")


if __name__ == "__main__":
    trio.run(main)
