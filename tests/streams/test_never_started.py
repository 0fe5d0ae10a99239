"""A stream over a channel or a generator that is never started closes it: a sender may wait for that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest
import trio
import trio.testing

from trio_patterns.backpressure import open_overflow_channel
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream

Way: TypeAlias = Callable[[Stream[Any]], Awaitable[None]]


async def _take_nothing(s: Stream[Any]) -> None:
    assert await s.take(0).collect() == []


async def _a_token_that_is_cancelled(s: Stream[Any]) -> None:
    token = CancellationToken()
    token.cancel()
    assert await s.take_until(token).collect() == []


async def _behind_a_part_that_was_enough(s: Stream[Any]) -> None:
    assert await stream([1, 2]).chain([3], s).take(1).collect() == [1]


async def _behind_a_part_that_fails(s: Stream[Any]) -> None:
    with pytest.raises(ZeroDivisionError):
        await stream([0]).map(lambda item: 1 // item).chain([3], s).collect()


WAYS: dict[str, Way] = {
    "take(0)": _take_nothing,
    "take_until": _a_token_that_is_cancelled,
    "chain, early stop": _behind_a_part_that_was_enough,
    "chain, failure": _behind_a_part_that_fails,
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def _sinks(s: Stream[Any]) -> dict[str, Callable[[], Awaitable[object]]]:
    return {
        "collect": s.collect,
        "for_each": lambda: s.for_each(print),
        "for_each limit": lambda: s.for_each(print, limit=2),
        "drain": s.drain,
        "reduce": lambda: s.reduce(lambda total, item: total, 0),
        "first": s.first,
        "last": s.last,
        "count": s.count,
        "chain": lambda: stream([1]).chain(s).collect(),
    }


each_sink = pytest.mark.parametrize("sink", _sinks(Stream.empty()))


class Channel(trio.abc.ReceiveChannel[int]):
    """A channel of neither of the kinds that close at once."""

    def __init__(self, closing: float = 0.0, error: Exception | None = None) -> None:
        self.closing = closing
        self.error = error
        self.closed_at: list[float] = []

    async def receive(self) -> int:
        raise trio.EndOfChannel

    async def aclose(self) -> None:
        try:
            await trio.sleep(self.closing)
        finally:
            self.closed_at.append(trio.current_time())
        if self.error is not None:
            raise self.error


@each_way
async def test_a_waiting_sender_learns_of_it(way: Way, autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def produce() -> None:
        with trio.fail_after(1000), pytest.raises(trio.BrokenResourceError):
            await send.send(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        await trio.testing.wait_all_tasks_blocked()
        await way(stream(receive))


@each_way
async def test_an_overflow_channel_is_closed(way: Way) -> None:
    send, receive = open_overflow_channel[int](1)
    await way(stream(receive))
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)


@each_way
async def test_another_channel_is_closed_in_bounded_time(way: Way, autojump_clock) -> None:
    channel = Channel(closing=3.0)
    await way(stream(channel))
    assert channel.closed_at == [3.0]
    channel = Channel(closing=1000.0)
    await way(stream(channel))
    assert channel.closed_at == [13.0]


@each_way
async def test_a_generator_is_closed(way: Way, tap, autojump_clock) -> None:
    generator = tap.items(closing=3.0)
    assert await anext(generator) == 0
    await way(stream(generator))
    assert (tap.pulled, tap.closed_at) == (1, [3.0])


@each_way
async def test_what_is_made_for_each_run_is_not_made_and_a_plain_iterator_stays_open(way: Way, tap) -> None:
    class Items:
        def __aiter__(self) -> AsyncIterator[int]:
            raise AssertionError("started")

        async def aclose(self) -> None:
            raise AssertionError("a run would not close it")

    plain = iter([1, 2])
    await way(stream(Items()))
    await way(stream(tap.source()))
    await way(stream(plain))
    assert list(plain) == [1, 2]
    assert tap.pulled == 0


async def test_what_goes_wrong_when_it_is_closed_is_raised() -> None:
    with pytest.raises(KeyError, match="cleanup"):
        await stream(Channel(error=KeyError("cleanup"))).take(0).collect()


async def test_all_of_them_are_closed_though_one_fails_or_takes_its_time(autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)
    slow, failing, last = Channel(closing=1000.0), Channel(error=KeyError("cleanup")), Channel()
    together = stream(receive).zip_latest(stream(failing).zip(last)).merge(slow)

    async def produce() -> None:
        with trio.fail_after(1000), pytest.raises(trio.BrokenResourceError):
            await send.send(1)
        assert trio.current_time() == 0.0, "what can be closed at once does not wait for the rest"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(KeyError, match="cleanup"):
            await Stream.of(1).chain(together).take(1).drain()
    assert slow.closed_at == [10.0]
    assert len(failing.closed_at) == len(last.closed_at) == 1


@each_sink
async def test_a_sink_that_is_cancelled_before_it_begins(sink: str, tap, autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)
    channel = Channel(closing=3.0)
    generator = tap.items(closing=3.0)
    await anext(generator)
    for source in (receive, channel, generator):
        with trio.CancelScope() as scope:
            scope.cancel()
            await _sinks(stream(source))[sink]()
        assert scope.cancelled_caught
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)
    assert channel.closed_at == tap.closed_at == [0.0], "the closing is cancelled, too"


async def test_to_channel_closes_both_ends(autojump_clock) -> None:
    class Sender(trio.abc.SendChannel[int]):
        closed = False

        async def send(self, value: int) -> None:
            raise AssertionError("started")

        async def aclose(self) -> None:
            self.closed = True

    for cancelled in (True, False):
        ends: list[Any] = [*trio.open_memory_channel[int](1), *open_overflow_channel[int](1)]
        sources: list[trio.abc.ReceiveChannel[int]] = []
        sender = Sender()
        for out in (ends[0], ends[2], sender):
            send, receive = trio.open_memory_channel[int](0)
            sources.append(receive)
            described = stream(receive) if cancelled else stream(receive).take(0)
            with trio.CancelScope() as scope:
                if cancelled:
                    scope.cancel()
                await described.to_channel(out)
            assert scope.cancelled_caught == cancelled
            with pytest.raises(trio.BrokenResourceError):
                send.send_nowait(1)
        for end in (ends[1], ends[3]):
            with pytest.raises(trio.EndOfChannel):
                await end.receive()
        assert sender.closed


async def test_the_failure_of_a_cancelled_stream_leaves_to_channel(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            await trio.sleep_forever()
            yield 1
        finally:
            raise KeyError("cleanup")

    for send, _ in (trio.open_memory_channel[int](1), open_overflow_channel[int](1)):
        with pytest.raises(KeyError, match="cleanup"), trio.move_on_after(1):
            await stream(source).to_channel(send)


async def test_open_under_a_cancellation() -> None:
    send, receive = trio.open_memory_channel[int](0)
    with trio.CancelScope() as scope:
        scope.cancel()
        async with stream(receive).open() as items:
            await anext(items)
    assert scope.cancelled_caught
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)


# broadcast and partition


async def all_of(side: Stream[int]) -> list[int]:
    with trio.fail_after(1000):
        return await side.collect()


@each_way
@pytest.mark.parametrize("buffer", [0, 2])
async def test_a_side_that_is_given_up_no_longer_holds_the_others_back(
    way: Way, buffer: int, tap, autojump_clock
) -> None:
    async with stream(tap.source(5)).broadcast(2, buffer) as (a, b), trio.open_nursery() as nursery:

        async def give_up() -> None:
            await trio.sleep(1)
            await way(b)

        nursery.start_soon(give_up)
        assert await all_of(a) == [0, 1, 2, 3, 4]
    assert tap.closed_at == [1.0]


@each_way
async def test_so_it_is_with_partition(way: Way, tap, autojump_clock) -> None:
    async with stream(tap.source(5)).partition(lambda item: item % 2) as (odd, even):
        await way(even.map(str))
        assert await all_of(odd) == [1, 3]
    async with stream(tap.source(5)).partition(lambda item: item % 2) as (odd, even):
        await way(odd.map(str))
        assert await all_of(even) == [0, 2, 4]


async def test_a_side_whose_sink_is_cancelled_before_it_begins(tap, autojump_clock) -> None:
    async with stream(tap.source(3)).broadcast(3) as (a, b, c):
        with trio.CancelScope() as scope:
            scope.cancel()
            await b.zip(c).drain()
        assert await all_of(a) == [0, 1, 2]


@each_way
async def test_a_side_can_not_be_run_any_more(way: Way, tap, autojump_clock) -> None:
    async with stream(tap.source(3)).broadcast(2) as (a, b):
        await way(b)
        with pytest.raises(RuntimeError, match=r"each stream of broadcast\(\) can be run only once"):
            await all_of(b)
        assert await all_of(a) == [0, 1, 2]
        await way(b)
    await way(b)


@each_way
async def test_a_side_that_runs_goes_on(way: Way, tap, autojump_clock) -> None:
    async with stream(tap.source(3, gap=1.0)).broadcast(1) as (a,), trio.open_nursery() as nursery:

        async def run() -> None:
            assert await all_of(a) == [0, 1, 2]

        nursery.start_soon(run)
        await trio.sleep(1.5)
        await way(a)
    assert tap.pulled == 3


async def test_when_all_sides_are_given_up_the_source_is_closed(autojump_clock) -> None:
    channel = Channel(closing=3.0)
    async with stream(channel).broadcast(2) as (a, b):
        await a.take(0).drain()
        await trio.sleep(1)
        assert channel.closed_at == []
        await b.take(0).drain()
        await trio.sleep(5)
        assert channel.closed_at == [4.0]
    assert trio.current_time() == 6.0


async def test_a_block_that_runs_no_side_closes_the_source_in_peace(tap, autojump_clock) -> None:
    channel = Channel(closing=3.0)
    async with stream(channel).map(str).broadcast(2):
        pass
    assert channel.closed_at == [3.0]
    generator = tap.items(closing=3.0)
    await anext(generator)
    async with stream(generator).partition(callable):
        pass
    assert tap.closed_at == [6.0]
    with pytest.raises(KeyError, match="cleanup"):
        async with stream(Channel(error=KeyError("cleanup"))).broadcast(2):
            pass


async def test_a_source_that_was_started_is_closed_once() -> None:
    channel = Channel()
    async with stream(channel).broadcast(1) as (a,):
        assert await a.collect() == []
    together = Channel(), Channel()
    assert await stream(together[0]).chain(together[1]).collect() == []
    assert [len(each.closed_at) for each in (channel, *together)] == [1, 1, 1]


async def test_a_cancelled_block_that_runs_no_side(autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)
    channel = Channel(closing=3.0)
    for deadline in (0, 1):
        for source in (channel, receive):
            with trio.move_on_after(deadline) as scope:
                async with stream(source).broadcast(2):
                    await trio.sleep_forever()
            assert scope.cancelled_caught
    assert channel.closed_at == [0.0, 1.0]
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)


async def test_a_block_that_runs_a_side_when_it_is_cancelled_already() -> None:
    send, receive = trio.open_memory_channel[int](0)
    with trio.CancelScope() as scope:
        scope.cancel()
        async with stream(receive).broadcast(1) as (a,), a.open() as items:
            await anext(items)
    assert scope.cancelled_caught
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)
