"""The pause that is longer than the patience.

trio knows the deadline that holds here: no parameter is needed.
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
            if trio.current_time() + pause > trio.current_effective_deadline():
                raise
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
