"""A ticker with pauses: which prices are shown, and when is a pause told?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import trio

from examples.learn.bench import Theirs, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    watch = theirs.function("watch")
    shown: list[tuple[float, int]] = []
    pauses: list[float] = []
    closed = 0

    async def program(waits: list[float], error: Exception | None = None) -> None:
        nonlocal closed
        closed = 0
        shown.clear()
        pauses.clear()
        start = trio.current_time()

        async def ticker() -> AsyncGenerator[int, None]:
            nonlocal closed
            try:
                for number, wait in enumerate(waits):
                    await trio.sleep(wait)
                    yield number
                if error is not None:
                    raise error
            finally:
                closed += 1

        await watch(
            ticker(),
            lambda price: shown.append((trio.current_time() - start, price)),
            lambda: pauses.append(trio.current_time() - start),
        )

    waits = [1.0, 1.0, 5.0, 1.0, 3.0, 1.0]
    ran = theirs.run(lambda: program(waits))
    if ran.error is not None:
        yield f"The ticker ends by itself, and `watch` raised {theirs.told(causes(ran.error)[0])}."
        return
    numbers = [price for _, price in shown]
    if numbers != list(range(6)):
        missing = [n for n in range(6) if n not in numbers]
        pause = " A timeout inside the generator ends it: after that it only says that it is at its end."
        yield (
            f"6 prices were sent, one of them after a pause of 5 s. Shown are {len(numbers)}"
            + (
                f"; the first that is missing is number {missing[0] + 1}.{pause}"
                if missing
                else f": {numbers}."
            )
        )
    else:
        if [when for when, _ in shown] != [1.0, 2.0, 7.0, 8.0, 11.0, 12.0]:
            yield f"Prices are shown at {', '.join(s(when) for when, _ in shown)}: not when they come."
        if pauses != [4.0, 10.0]:
            told = ", ".join(map(s, pauses)) or "never"
            yield (
                f"There are two pauses, and `quiet` should be called at 4.0 s, 10.0 s. It was called: {told}."
            )
        if ran.seconds != 12.0:
            yield f"The ticker ended at 12.0 s, and `watch` at {s(ran.seconds)}."

    error = ConnectionError("line is down")
    ran = theirs.run(lambda: program([1.0, 1.0], error))
    if causes(ran.error) != [error]:
        yield f"The ticker failed at 2.0 s, and the caller gets {ran.error!r}."

    def ended() -> None:
        assert closed <= 1

    theirs.cancelled_everywhere(lambda: program([1.0, 3.0, 1.0]), ended, within=1.0)
