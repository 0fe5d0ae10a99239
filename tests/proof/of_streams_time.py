"""Proofs of `trio_patterns.streams`: steps that decide by the time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import trio

from tests.proof.flow import Flow, FlowAccount
from tests.proof.proof import Proof, proves
from trio_patterns.streams import Stream, stream


class ByTheClock(Flow):
    """Base of those that decide by the time: a slow sink, and an item each second."""

    n = 6
    within = 20.0
    every = 1.0
    #: Seconds that the sink takes.
    slow: ClassVar[float] = 0.25

    def begin(self) -> None:
        super().begin()
        self.times: list[float] = []

    async def consume(self, flow: Stream[Any]) -> None:
        await flow.for_each(self.handle)

    async def handle(self, item: Any) -> None:
        self.times.append(trio.current_time())
        self.account.seen.append(item)
        await trio.sleep(self.slow)


class Thinned(ByTheClock):
    """Base of those that leave items out: what is seen is in order, and the last that came is seen."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        raise NotImplementedError

    def compare(self, seen: list[Any], expected: list[Any]) -> None:
        assert all(one < other for one, other in pairwise(seen))
        assert set(seen) <= set(expected)
        assert not self.finished or seen[-1:] == expected[-1:], "the pending item was lost"


@proves("Stream.debounce")
class DebouncedWhenQuiet(Thinned):
    """Each item is followed by a quiet time, so each is seen, half a second later."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.debounce(0.5)

    def whole(self) -> None:
        assert self.account.seen == list(range(6))
        assert self.times == [1.5, 2.5, 3.5, 4.5, 5.5, 6.0]


@proves("Stream.debounce")
class DebouncedInTheSameInstant(Thinned):
    """The next item comes as the quiet time ends: in any order of tasks that is after it."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.debounce(1)

    def whole(self) -> None:
        assert self.account.seen == list(range(6))
        assert self.times == [2, 3, 4, 5, 6, 6.25]


@proves("Stream.debounce")
class DebouncedIntoASlowSink(Thinned):
    """Items that come while the sink is at work replace each other."""

    slow = 2.5

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.debounce(0.5)


@proves("Stream.sample")
class SampledAtItsTimes(Thinned):
    """The latest item at each period, and at the end what is pending."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.sample(1.5)

    def check(self) -> None:
        super().check()
        assert all(at % 1.5 == 0 for at in self.times[:-1])

    def whole(self) -> None:
        assert self.account.seen == [0, 1, 3, 4, 5]


@proves("Stream.sample")
class SampledIntoASlowSink(Thinned):
    """Periods that pass while the sink is at work are left out."""

    slow = 2.0

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.sample(0.75)


@proves("Stream.throttle")
class ThrottledLosesNone(ByTheClock):
    """Never more than the rate and the burst allow, and every item in the end."""

    every = 0.0

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.throttle(1, burst=2)

    def check(self) -> None:
        super().check()
        assert all(later >= index + 1 for index, later in enumerate(self.times[2:]))

    def whole(self) -> None:
        super().whole()
        assert self.times == [0, 0.25, 1, 2, 3, 4]


@proves("Stream.throttle")
class ThrottledSource(ByTheClock):
    """A limit that is slower than the source, once its burst is used up."""

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.throttle(0.5, burst=2)

    def whole(self) -> None:
        super().whole()
        assert self.times == [1, 2.25, 3.5, 5, 7, 9]


@proves("Stream.timeout")
class TimeoutThatIsKept(ByTheClock):
    """A source that is quick enough is not blamed for a slow sink."""

    slow = 3.0
    within = 30.0

    def through(self, source: Stream[int]) -> Stream[Any]:
        return source.timeout(1.5).map(self.account.work)


@proves("Stream.timeout")
class TimeoutThatExpires(Proof):
    """What was too slow is cancelled and awaited, and what had come before it was seen."""

    def begin(self) -> None:
        self.account = FlowAccount()
        self.too_slow = False

    async def program(self) -> None:
        flow = stream(self.account.uneven, 4).map(self.slower_and_slower).timeout(2)
        try:
            await flow.for_each(self.account.keep)
        except trio.TooSlowError:
            self.too_slow = True

    async def slower_and_slower(self, item: int) -> int:
        return int(await self.account.call(item, item * 0.9))

    def check(self) -> None:
        self.account.settled(1)
        assert self.account.seen == [0, 1][: len(self.account.seen)]

    def whole(self) -> None:
        assert self.too_slow
        assert self.account.seen == [0, 1]
