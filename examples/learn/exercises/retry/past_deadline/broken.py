"""The pause that is longer than the patience.

A page may take 10 s, says the caller: `with trio.fail_after(10)`.
A request fails after 0.5 s; the pauses are 1, 2, 4 and 8 s.

Mend `fetch`: if a pause would end after the deadline of the caller, the error of the request is raised at
once.
Without a deadline there are up to five requests; then the last error is raised.
A pause that ends in time is made as now.

Before you run it: when does the caller learn that it has failed, and why?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def fetch(request: Callable[[], Awaitable[str]]) -> str:
    for pause in (1, 2, 4, 8):
        try:
            return await request()
        except ConnectionError:
            await trio.sleep(pause)
    return await request()


async def main() -> None:
    async def request() -> str:
        print(f"t={trio.current_time():.1f} request")
        await trio.sleep(0.5)
        raise ConnectionError("the server is being updated")

    try:
        with trio.fail_after(10):
            await fetch(request)
    except (ConnectionError, trio.TooSlowError) as error:
        print(f"t={trio.current_time():.1f} the caller gets {type(error).__name__}: {error}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
