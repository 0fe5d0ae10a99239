"""Three ways to slow down: after a pause, at fixed times, or so many a second.

Somebody types "trio", pauses, types " run" and presses Enter, which ends the input. Then a price changes
eight times in 3.4 s, and an API allows two calls a second.

Notice: two searches for eight keystrokes, the second with Enter; three prices of eight; every call.
Run: python -m examples pacing
Page: docs/patterns/streams/pacing.md
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import trio

from trio_patterns.streams import stream

KEYS = [
    *((0.1, "t"), (0.2, "tr"), (0.3, "tri"), (0.4, "trio")),
    *((1.2, "trio "), (1.3, "trio r"), (1.4, "trio ru"), (1.5, "trio run")),
]
ENTER = 1.6
PRICES = [
    *((0.1, "100"), (0.2, "101"), (0.4, "103"), (0.8, "102")),
    *((1.3, "99"), (1.7, "98"), (3.2, "97"), (3.3, "96")),
]
CLOSE = 3.4

start = 0.0


def begin(title: str) -> None:
    global start
    print(title)
    start = trio.current_time()


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


async def replay(moments: Sequence[tuple[float, str]], end: float) -> AsyncIterator[str]:  # noqa: ASYNC900
    for when, text in moments:
        await trio.sleep_until(start + when)
        yield text
    await trio.sleep_until(start + end)


async def main() -> None:
    begin("a search box asks when the typing pauses, and at the end:")
    await stream(replay(KEYS, ENTER)).debounce(0.3).for_each(lambda text: say(f"search for {text!r}"))

    begin("a display shows the latest price once a second, if there is a new one:")
    await stream(replay(PRICES, CLOSE)).sample(1.0).for_each(lambda price: say(f"price {price}"))

    begin("an API allows two calls a second, three at once after a pause:")
    await stream(range(6)).throttle(2, burst=3).for_each(lambda page: say(f"call {page}"))


if __name__ == "__main__":
    trio.run(main)
