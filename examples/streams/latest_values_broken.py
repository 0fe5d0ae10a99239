"""Two sensors in one line, the naive way: `zip` waits for the slower one.

One sensor inside reports every 0.2 s, one outside every 0.8 s. A report that nobody waits for is gone.

Notice: seven of ten reports from inside are missed; 26 degrees show when they are long over, at 2.0 s.
Run: python -m examples latest_values_broken
Page: docs/patterns/streams/latest-values.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from trio_patterns.streams import stream

INSIDE = [20, 20, 21, 21, 21, 26, 26, 22, 22, 22]
OUTSIDE = [14, 14, 13]

start = 0.0
missed = 0


async def sensor(values: list[int], first: float, period: float) -> AsyncIterator[int]:  # noqa: ASYNC900
    global missed
    for number, value in enumerate(values):
        when = start + first + number * period
        if trio.current_time() > when:
            missed += 1
            continue
        await trio.sleep_until(when)
        yield value


def show(line: tuple[int, int]) -> None:
    inside, outside = line
    print(f"t={trio.current_time() - start:.1f} inside {inside}, outside {outside}")


async def main() -> None:
    global start, missed
    start, missed = trio.current_time(), 0
    inside = stream(sensor(INSIDE, 0.1, 0.2))
    outside = stream(sensor(OUTSIDE, 0.4, 0.8))
    await inside.zip(outside).for_each(show)  # BUG: the third of one with the third of the other
    print(f"{missed} reports missed")


if __name__ == "__main__":
    trio.run(main)
