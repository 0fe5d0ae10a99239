"""The stream that ends too early.

A ticker sends a price when there is one.
After 2 s without a price, `watch` says so, and waits on.
The fourth price comes after a pause of 5 s.

Mend `watch`: every price is shown, the ones after a pause too.
`quiet` is called once for each pause of more than 2 s, when these are over.
It ends when the ticker ends, and an error of the ticker reaches the caller.

Before you run it: how many of the six prices are shown?
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import trio
from trio.testing import MockClock


async def watch(
    prices: AsyncGenerator[int, None], show: Callable[[int], None], quiet: Callable[[], None]
) -> None:
    while True:
        try:
            with trio.move_on_after(2) as pause:
                show(await anext(prices))
        except StopAsyncIteration:
            return
        if pause.cancelled_caught:
            quiet()


async def main() -> None:
    async def ticker() -> AsyncGenerator[int, None]:
        for price, wait in [(101, 1), (102, 1), (103, 1), (104, 5), (105, 1), (106, 1)]:
            await trio.sleep(wait)
            yield price

    def show(price: int) -> None:
        print(f"t={trio.current_time():.1f} {price}")

    def quiet() -> None:
        print(f"t={trio.current_time():.1f} no price for 2 s")

    await watch(ticker(), show, quiet)
    print(f"t={trio.current_time():.1f} the ticker has ended, or so it seems")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
