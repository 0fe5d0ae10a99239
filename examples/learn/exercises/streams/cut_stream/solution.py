"""The stream that ends too early.

A task pulls the generator and is never timed out; the wait at the channel is, and does no harm there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import trio
from trio.testing import MockClock


async def watch(
    prices: AsyncGenerator[int, None], show: Callable[[int], None], quiet: Callable[[], None]
) -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def pull() -> None:
        with send:
            async with aclosing(prices):
                async for price in prices:
                    await send.send(price)

    async def next_price() -> int:
        with trio.move_on_after(2):
            return await receive.receive()
        quiet()
        return await receive.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pull)
        while True:
            try:
                show(await next_price())
            except trio.EndOfChannel:
                return


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
