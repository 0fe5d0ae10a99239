"""The generator that is still running.

`open` is such a block, around any pipeline.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

import trio
from trio.testing import MockClock

from trio_patterns.streams import stream

Source = Callable[[], AsyncGenerator[float, None]]


async def first_above(sources: Sequence[Source], limit: float) -> float | None:
    first, *others = [stream(source) for source in sources]
    async with first.merge(*others).open() as values:
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
