"""Sources that are left early, end, or fail: are they closed when `first_above` has ended?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator

import trio

from examples.learn.bench import Ran, Theirs, Wrong, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    first_above = theirs.function("first_above")
    switched_on: set[str] = set()

    def thermometer(
        name: str, period: float, error: Exception | None = None
    ) -> Callable[[], AsyncGenerator[float, None]]:
        async def values() -> AsyncGenerator[float, None]:
            switched_on.add(name)
            try:
                for number in range(10):
                    await trio.sleep(period)
                    if number == 3 and error is not None:
                        raise error
                    yield float(number)
            finally:
                switched_on.discard(name)

        return values

    async def program(limit: float, error: Exception | None = None) -> tuple[object, list[str]]:
        switched_on.clear()
        sources = [thermometer("attic", 1.0), thermometer("cellar", 3.3, error)]
        try:
            found = await first_above(sources, limit)
        finally:
            left = sorted(switched_on)
        return found, left

    def ran(limit: float, error: Exception | None = None) -> Ran:
        try:
            return theirs.run(lambda: program(limit, error))
        except Wrong as wrong:
            if "left something behind" not in str(wrong):
                raise
            raise Wrong(f"`first_above` has ended, and parts of it go on. {wrong}") from wrong
        except trio.TrioInternalError as crash:
            raise Wrong(
                f"The whole program died with {type(crash).__name__}: a task closed a nursery that another "
                "task had opened. A generator with a nursery in it was left before its end."
            ) from crash

    early = ran(4.5)
    if early.error is not None:
        yield f"5.0 is above 4.5, and `first_above` raised {theirs.told(early.error)}."
        return
    found, left = early.value
    if found != 5.0:
        yield f"The first value above 4.5 is 5.0, and `first_above` returned {found!r}."
    if left:
        yield f"`first_above` has returned at {s(early.seconds)}, and `{left[0]}` is still switched on."
    if early.seconds != 6.0:
        yield f"The value was there at 6.0 s, and `first_above` returned at {s(early.seconds)}."

    late = ran(99.0)
    if late.error is not None or late.value[0] is not None:
        what = theirs.told(late.error) if late.error else repr(late.value[0])
        yield f"No value is above 99, and `first_above` gives {what}, and not None."
    elif late.seconds != 33.0:
        yield f"All sources have ended at 33.0 s, and `first_above` at {s(late.seconds)}."

    error = ConnectionError("cellar is gone")
    failed = ran(99.0, error)
    if causes(failed.error) != [error]:
        what = theirs.told(failed.error) if failed.error else repr(failed.value[0])
        yield f"`cellar` failed at 13.2 s, and the caller gets {what}."
    if switched_on:
        yield f"`cellar` failed, `first_above` has ended, and `{min(switched_on)}` is still switched on."

    def closed() -> None:
        assert not switched_on, f"`first_above` has ended, and `{min(switched_on)}` is still switched on."

    theirs.cancelled_everywhere(lambda: program(1.5), closed, within=1.0)
