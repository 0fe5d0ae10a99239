"""A source that ends, fails, or is cancelled anywhere: is each row written or given back, once?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import trio

from examples.learn.bench import Theirs, causes


class Rows:
    def __init__(self, count: int, error: Exception | None) -> None:
        self.count, self.error, self.read = count, error, 0

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        await trio.sleep(1)
        if self.read == self.count:
            raise self.error or StopAsyncIteration
        self.read += 1
        return self.read


def check(theirs: Theirs) -> Iterator[str]:
    copy = theirs.function("copy")
    written: list[int] = []
    returned: list[int] = []
    calls: list[list[int]] = []
    rows = Rows(0, None)

    async def program(count: int, error: Exception | None, fails: int = 0) -> None:
        nonlocal rows
        rows = Rows(count, error)
        written.clear()
        returned.clear()
        calls.clear()

        async def write(batch: list[int]) -> None:
            calls.append(list(batch))
            await trio.sleep(0.5)
            if len(calls) == fails:
                raise OSError("disk full")
            written.extend(batch)

        await copy(rows, write, returned.extend, 3)

    for count, calls_wanted in ((5, [[1, 2, 3], [4, 5]]), (6, [[1, 2, 3], [4, 5, 6]]), (0, [])):
        for error in (None, ConnectionError("reset by peer")):
            ran = theirs.run(lambda count=count, error=error: program(count, error))  # type: ignore[misc]
            how = "ends" if error is None else "fails"
            if calls != calls_wanted:
                yield f"The source {how} after {count} rows: written is {calls}, and should be {calls_wanted}."
            elif returned:
                yield f"The source {how} after {count} rows: {returned} was written, and given back too."
            if error is None and ran.error is not None:
                yield f"The source ends after {count} rows, and `copy` raised {theirs.told(ran.error)}."
            if error is not None and causes(ran.error) != [error]:
                yield f"The source fails after {count} rows, and its error never reached the caller."

    ran = theirs.run(lambda: program(5, None, fails=1))
    if not any(isinstance(error, OSError) for error in causes(ran.error)):
        yield "`write` failed, and its error never reached the caller."
    elif sorted(written + returned) != list(range(1, rows.read + 1)):
        yield f"`write` failed: {rows.read} rows were read, {written} is written, {returned} given back."

    def kept() -> None:
        lost = [row for row in range(1, rows.read + 1) if row not in written and row not in returned]
        assert not lost, f"row {lost[0]} is lost: it was read, and neither written nor given back."
        twice = [row for row in returned if row in written]
        assert not twice, f"row {twice[0]} was written, and given back too."

    theirs.cancelled_everywhere(lambda: program(5, None), kept, within=0.4)
