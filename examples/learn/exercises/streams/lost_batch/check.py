"""A source that ends, fails, or is cancelled anywhere: is each row written or given back, once?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import trio

from examples.learn.bench import Ran, Theirs, causes


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


@dataclass
class World:
    """One run of `copy`, and what it has read, written and given back."""

    rows: Rows
    write_fails: bool = False
    written: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    calls: list[list[int]] = field(default_factory=list)

    async def write(self, batch: list[int]) -> None:
        self.calls.append(list(batch))
        await trio.sleep(0.5)
        if self.write_fails:
            raise OSError("disk full")
        self.written.extend(batch)

    def lost(self) -> list[int]:
        read = range(1, self.rows.read + 1)
        return [row for row in read if row not in self.written and row not in self.returned]

    def twice(self) -> list[int]:
        return [row for row in self.returned if row in self.written]


def check(theirs: Theirs) -> Iterator[str]:
    found = False
    for sentence in _undisturbed(theirs):
        found = True
        yield sentence
    if not found:
        _cancelled(theirs)


def _undisturbed(theirs: Theirs) -> Iterator[str]:
    copy = theirs.function("copy")

    def run(world: World) -> Ran:
        return theirs.run(lambda: copy(world.rows, world.write, world.returned.extend, 3))

    for count, wanted in ((5, [[1, 2, 3], [4, 5]]), (6, [[1, 2, 3], [4, 5, 6]]), (0, [])):
        for error in (None, ConnectionError("reset by peer")):
            world = World(Rows(count, error))
            ran = run(world)
            when = f"The source {'ends' if error is None else 'fails'} after {count} rows"
            if world.calls != wanted:
                yield f"{when}: written is {world.calls}, and should be {wanted}."
            elif world.returned:
                yield f"{when}: {world.returned} was written, and given back too."
            if error is None and ran.error is not None:
                yield f"{when}, and `copy` raised {theirs.told(ran.error)}."
            if error is not None and causes(ran.error) != [error]:
                yield f"{when}, and its error never reached the caller."

    world = World(Rows(5, None), write_fails=True)
    ran = run(world)
    if not any(isinstance(error, OSError) for error in causes(ran.error)):
        yield "`write` failed, and its error never reached the caller."
    elif world.lost():
        yield f"`write` failed: {world.rows.read} rows were read, and {world.returned} given back."


def _cancelled(theirs: Theirs) -> None:
    copy = theirs.function("copy")
    world = World(Rows(0, None))

    async def program() -> None:
        nonlocal world
        world = World(Rows(5, None))
        await copy(world.rows, world.write, world.returned.extend, 3)

    def kept() -> None:
        if lost := world.lost():
            raise AssertionError(f"row {lost[0]} is lost: it was read, and neither written nor given back.")
        if twice := world.twice():
            raise AssertionError(f"row {twice[0]} was written, and given back too.")

    theirs.cancelled_everywhere(program, kept, within=0.4)
