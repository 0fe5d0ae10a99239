"""Proofs of `trio_patterns.streams`: the steps that handle one item after the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, groupby
from typing import Any

import outcome
import trio

from tests.proof.flow import Flow
from tests.proof.proof import Boom, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, StreamProgress, stream


def slowly(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Make an async function of a plain one, with a checkpoint on either side of it."""

    async def call(*args: Any) -> Any:
        await trio.lowlevel.checkpoint()
        result = fn(*args)
        await trio.lowlevel.checkpoint()
        return result

    return call


@proves("Stream", "stream", "Stream.map", "Stream.for_each")
class MapOneByOne(Flow):
    """One call after the other: none is lost on the way to the sink."""

    limit = 1

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.account.work)


@proves("Stream.filter", "Stream.filter_map", "Stream.on_each", "Stream.enumerate")
class FilteredAndNumbered(Flow):
    """Items are left out by what they are, never by when they come."""

    def begin(self) -> None:
        super().begin()
        self.passing: list[int] = []

    def through(self, source: Stream[int]) -> Stream[Any]:
        wanted = source.filter(slowly(lambda item: item % 3)).filter_map(slowly(self.tenfold))
        return wanted.on_each(slowly(self.passing.append)).enumerate(1)

    def tenfold(self, item: int) -> int | None:
        return None if item == 2 else item * 10

    def model(self, items: list[int]) -> list[Any]:
        return list(enumerate((item * 10 for item in items if item % 3 and item != 2), 1))

    def check(self) -> None:
        super().check()
        assert self.passing[: len(self.account.seen)] == [item for _, item in self.account.seen]
        assert len(self.passing) - len(self.account.seen) <= 1


@proves("Stream.scan", "Stream.distinct")
class FoldedStepByStep(Flow):
    """The accumulator has seen each item once, whatever waits in between."""

    n = 7

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.scan(slowly(lambda sum_, item: sum_ + item), 0).distinct(slowly(lambda sum_: sum_ // 4))

    def model(self, items: list[int]) -> list[Any]:
        return [next(group) for _, group in groupby(accumulate(items), lambda sum_: sum_ // 4)]


@proves("Stream.skip", "Stream.skip_while", "Stream.take_while", "Stream.take")
class CutAtBothEnds(Flow):
    """Once enough has come, nothing more is pulled, and the source is closed before the stream ends."""

    n = 9

    def through(self, source: Stream[int]) -> Stream[Any]:
        begun = source.skip(1).skip_while(slowly(lambda item: item < 3))
        return begun.take_while(slowly(lambda item: item < 7)).take(3)

    def model(self, items: list[int]) -> list[Any]:
        return [item for item in items if 3 <= item < 6]

    def check(self) -> None:
        super().check()
        assert self.entered == list(range(len(self.entered)))
        assert len(self.entered) <= 6, "an item was pulled that nobody wanted"


@proves("Stream.take_while")
class EndedByAnItem(Flow):
    """The first item that is not wanted is the last that is pulled."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.take_while(slowly(lambda item: item < 2)).map(self.account.work)

    def model(self, items: list[int]) -> list[Any]:
        return [item for item in items if item < 2]

    def check(self) -> None:
        super().check()
        assert len(self.entered) <= 3


@proves("Stream.outcomes")
class FailuresAsValues(Flow):
    """A call that fails is an item like any other, in its place, whatever it fails of."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.map(self.fail_at_odd, 3).outcomes().map(self.named)

    async def fail_at_odd(self, item: int) -> int:
        await self.account.work(item)
        if item % 2:
            raise LookupError(item)
        return item

    def named(self, result: outcome.Value[int] | outcome.Error) -> Any:
        return result.value if isinstance(result, outcome.Value) else type(result.error).__name__

    def model(self, items: list[int]) -> list[Any]:
        return ["LookupError" if item % 2 else item for item in items]

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        booms = seen.count(Boom.__name__)
        assert booms <= 1
        if booms and len(seen) == len(expected) + 1 and seen[-1] == Boom.__name__:
            seen = seen[:-1]  # the source has failed, behind its last item
        assert all(one in (other, Boom.__name__) for one, other in zip(seen, expected, strict=False))
        assert not self.finished or len(seen) == len(expected)


@proves("Stream.progress")
class ProgressIsTold(Flow):
    """What is told never goes back, and never ahead of what the steps below are done with."""

    def begin(self) -> None:
        super().begin()
        self.told: list[tuple[int, bool]] = []

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.progress(self.report, every=0, total=self.n)

    async def report(self, progress: StreamProgress) -> None:
        assert progress.count == len(self.account.seen)
        await trio.lowlevel.checkpoint()
        self.told.append((progress.count, progress.done))

    def check(self) -> None:
        super().check()
        counts = [count for count, _ in self.told]
        assert counts == sorted(counts)
        assert not any(done for _, done in self.told[:-1])

    def whole(self) -> None:
        super().whole()
        assert self.told[-1] == (self.n, True)


@proves("Stream.of", "Stream.empty")
class GivenItems(Flow):
    """Items at hand need no source, and are cancelled between any two of them."""

    n = 4

    def source(self) -> Stream[int]:
        return Stream.of(*range(self.n)).chain(Stream.empty())

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source


@proves("Stream.ticks", "Stream.take_until")
class TicksKeepTheirTimes(Proof):
    """A tick comes at its time or not at all, and the token interrupts the wait for one."""

    def begin(self) -> None:
        self.seen: list[tuple[int, float]] = []
        self.finished = False

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        await Stream.ticks(2).take_until(token).take(4).for_each(self.note)
        self.finished = True

    async def note(self, tick: int) -> None:
        self.seen.append((tick, trio.current_time()))
        await trio.sleep(3 if tick == 1 else 1)  # the second makes the third late

    def check(self) -> None:
        assert self.seen == [(0, 0), (1, 2), (3, 6), (4, 8)][: len(self.seen)]

    def whole(self) -> None:
        assert len(self.seen) == 4


@proves("Stream.take_until")
class StoppedWhatPassed(Proof):
    """What has passed the token is handled to the end, and nothing is pulled after it."""

    def begin(self) -> None:
        self.token = CancellationToken()
        self.pulled: list[int] = []
        self.begun: list[int] = []
        self.done: list[int] = []

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.stopped, self.token)
            await trio.sleep(2.5)
            self.token.cancel()

    async def stopped(self, token: CancellationToken) -> None:
        def pull() -> Any:
            for item in range(4):
                assert not token.cancelled, "an item was pulled after the stop"
                self.pulled.append(item)
                yield item

        async def handle(item: int) -> None:
            self.begun.append(item)
            await trio.sleep(1)
            self.done.append(item)

        await stream(pull).take_until(token).map(handle, 2).drain()
        assert sorted(self.done) == self.begun == self.pulled

    def check(self) -> None:
        assert self.begun == self.pulled[: len(self.begun)]
        assert set(self.done) <= set(self.begun)
