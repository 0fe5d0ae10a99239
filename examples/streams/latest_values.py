"""Two sensors in one line: the latest of each, and only when the line has changed.

One sensor inside reports every 0.2 s, one outside every 0.8 s. A report that nobody waits for is gone.

Notice: no report is missed, and of eleven lines the five that say something new are shown.
Run: python -m examples latest_values
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


def with_highest(line: tuple[int, int, int], latest: tuple[int, int]) -> tuple[int, int, int]:
    *_, highest = line
    inside, outside = latest
    return inside, outside, max(highest, inside)


def show(line: tuple[int, int, int]) -> None:
    inside, outside, highest = line
    print(f"t={trio.current_time() - start:.1f} inside {inside}, outside {outside}, highest inside {highest}")


async def main() -> None:
    global start, missed
    start, missed = trio.current_time(), 0
    inside = stream(sensor(INSIDE, 0.1, 0.2))
    outside = stream(sensor(OUTSIDE, 0.4, 0.8))
    # A tuple for each report, then what must be remembered, then the lines that differ from the one before.
    lines = inside.zip_latest(outside).scan(with_highest, (0, 0, 0)).distinct()
    await lines.for_each(show)
    print(f"{missed} reports missed")


if __name__ == "__main__":
    trio.run(main)
