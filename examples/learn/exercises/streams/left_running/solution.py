"""The generator that is still running.

The nursery belongs to a block, not to a generator: leaving the block cancels the tasks and waits for them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

import trio
from trio.testing import MockClock

Source = Callable[[], AsyncGenerator[float, None]]


@asynccontextmanager
async def merged(sources: Sequence[Source]) -> AsyncGenerator[trio.MemoryReceiveChannel[float], None]:
    send, receive = trio.open_memory_channel[float](0)

    async def pump(source: Source, send: trio.MemorySendChannel[float]) -> None:
        with send:
            async with aclosing(source()) as values:
                async for value in values:
                    await send.send(value)

    async with trio.open_nursery() as nursery:
        with send:
            for source in sources:
                nursery.start_soon(pump, source, send.clone())
        yield receive
        nursery.cancel_scope.cancel()


async def first_above(sources: Sequence[Source], limit: float) -> float | None:
    async with merged(sources) as values:
        async for value in values:
            if value > limit:
                return value
    return None


async def main() -> None:
    switched_on: set[str] = set()

    def thermometer(name: str, period: float) -> Source:
        async def values() -> AsyncGenerator[float, None]:
            switched_on.add(name)
            try:
                for number in range(20):
                    await trio.sleep(period)
                    yield 15.0 + number
            finally:
                switched_on.discard(name)

        return values

    value = await first_above([thermometer("attic", 1), thermometer("cellar", 3.3)], 18)
    print(f"t={trio.current_time():.1f} found {value:.0f}, still on: {sorted(switched_on)}", flush=True)
    await trio.sleep(10)
    print(f"t={trio.current_time():.1f} the end, still on: {sorted(switched_on)}")


if __name__ == "__main__":
    try:
        trio.run(main, clock=MockClock(autojump_threshold=0))
    except trio.TrioInternalError:
        print("the whole program is dead: TrioInternalError")
