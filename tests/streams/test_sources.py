"""Sources: what `stream` accepts, how it is pulled and how it is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import trio
import trio.testing

from trio_patterns.backpressure import open_overflow_channel
from trio_patterns.streams import Stream, stream


async def test_iterables_run_again_and_iterators_are_used_up() -> None:
    again = stream([1, 2, 3])
    assert await again.collect() == [1, 2, 3]
    assert await again.collect() == [1, 2, 3]
    once = stream(iter([1, 2, 3]))
    assert await once.collect() == [1, 2, 3]
    assert await once.collect() == []
    assert await stream("abc").collect() == ["a", "b", "c"]


async def test_of_and_empty() -> None:
    assert await Stream.of(1, 2).collect() == [1, 2]
    assert await Stream.empty().collect() == []


async def test_a_function_is_called_anew_for_each_run(tap) -> None:
    source = stream(tap.items, 3)
    assert tap.pulled == 0, "cold: nothing runs before the sink"
    assert await source.collect() == [0, 1, 2]
    assert await source.collect() == [0, 1, 2]
    assert tap.pulled == 6
    assert await stream(lambda: range(2)).collect() == [0, 1], "a function may give a plain iterable"
    assert stream(source) is source


async def test_a_plain_iterator_stays_open_where_the_run_stopped() -> None:
    def numbers() -> Iterator[int]:
        yield from range(10)

    iterator = numbers()
    assert await stream(iterator).take(3).collect() == [0, 1, 2]
    assert next(iterator) == 3


@pytest.mark.parametrize("limit", [1, 3])
async def test_a_generator_that_the_run_made_is_closed(limit: int) -> None:
    closed: list[str] = []

    class Numbers:
        def __iter__(self) -> Iterator[int]:
            try:
                yield from range(10)
            finally:
                closed.append("closed")

    async def same(item: int) -> int:
        await trio.lowlevel.checkpoint()
        return item

    assert await stream(Numbers()).map(same, limit=limit).take(2).collect() == [0, 1]
    assert closed == ["closed"]


async def test_an_async_generator_is_closed_when_the_stream_stops_early(tap) -> None:
    """An abandoned generator would be closed by the garbage collector, late and in a cancelled context."""
    assert await stream(tap.items()).take(2).collect() == [0, 1]
    assert (tap.pulled, len(tap.closed_at)) == (2, 1)


async def test_closing_an_async_source_may_wait_but_not_for_ever(tap, autojump_clock) -> None:
    assert await stream(tap.source(closing=3.0)).first() == 0
    assert tap.closed_at == [3.0], "an early stop is no cancellation: the cleanup may await"
    assert await stream(tap.source(closing=60.0)).first() == 0
    assert tap.closed_at == [3.0, 13.0], "its time is limited to 10 seconds"


async def test_an_async_iterable_without_aclose() -> None:
    class Two:
        def __aiter__(self) -> AsyncIterator[int]:
            self.left = 2
            return self  # type: ignore[return-value]

        async def __anext__(self) -> int:
            await trio.lowlevel.checkpoint()
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert await stream(Two()).collect() == [1, 0]
    assert await stream(Two()).first() == 1


async def test_a_channel_is_read_to_its_end_and_closed() -> None:
    send, receive = trio.open_memory_channel[int](10)
    with send:
        for i in range(5):
            send.send_nowait(i)
    assert await stream(receive).collect() == [0, 1, 2, 3, 4]
    with pytest.raises(trio.ClosedResourceError):
        receive.receive_nowait()


async def test_a_channel_that_closes_while_the_stream_waits_for_it(autojump_clock: object) -> None:
    """The end of the channel ends the wait, at once and without an error."""
    send, receive = trio.open_memory_channel[int](0)
    start = trio.current_time()

    async def close_later() -> None:
        await trio.sleep(1)
        send.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(close_later)
        assert await stream(receive).collect() == []
        assert trio.current_time() - start == 1.0


async def test_a_channel_is_closed_when_the_stream_stops_early() -> None:
    """A producer that nobody tells goes on waiting for ever, or sends into the void."""
    send, receive = trio.open_memory_channel[int](0)
    sent = 0

    async def produce() -> None:
        nonlocal sent
        with send:
            with pytest.raises(trio.BrokenResourceError):
                while True:
                    await send.send(sent)
                    sent += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        assert await stream(receive).take(3).collect() == [0, 1, 2]
    assert sent == 3


async def test_a_slow_channel_is_waited_for(autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def produce() -> None:
        with send:
            for i in range(3):
                await trio.sleep(1)
                await send.send(i)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        assert await stream(receive).collect() == [0, 1, 2]
    assert trio.current_time() == 3.0


class Steps(trio.abc.Instrument):
    """Counts how often a task gets its turn."""

    taken = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.taken += 1


@pytest.mark.parametrize("early", [False, True])
async def test_an_overflow_channel_is_read_without_a_switch_for_each_item_and_closed(early) -> None:
    """As a memory channel is; and closing it does not replace the error that ends the stream."""
    send, receive = open_overflow_channel[int](100)
    with send:
        for item in range(150):
            send.send_nowait(item)
    assert send.dropped == 50
    if early:
        with pytest.raises(ValueError), trio.CancelScope() as scope:

            def fail(_: int) -> None:
                scope.cancel()
                raise ValueError

            await stream(receive).for_each(fail)
    else:
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        assert await stream(receive).take(99).collect() == list(range(50, 149))
        trio.lowlevel.remove_instrument(steps)
        assert steps.taken < 10
    assert send.statistics().open_receive_channels == 0


async def test_another_receive_channel_than_trios_memory_channel() -> None:
    class Letters(trio.abc.ReceiveChannel[str]):
        def __init__(self) -> None:
            self.left = list("abc")
            self.closed = False

        async def receive(self) -> str:
            await trio.lowlevel.checkpoint()
            if not self.left:
                raise trio.EndOfChannel
            return self.left.pop(0)

        async def aclose(self) -> None:
            self.closed = True
            await trio.lowlevel.checkpoint()

    letters = Letters()
    assert await stream(letters).collect() == ["a", "b", "c"]
    assert letters.closed


async def test_ticks_come_at_exact_times_and_skip_what_is_late(autojump_clock) -> None:
    seen: list[tuple[int, float]] = []

    async def slow_once(tick: int) -> None:
        seen.append((tick, trio.current_time()))
        if tick == 1:
            await trio.sleep(2.5)

    await Stream.ticks(1.0).take(4).for_each(slow_once)
    assert seen == [(0, 0.0), (1, 1.0), (4, 4.0), (5, 5.0)]


async def test_ticks_that_are_due_right_now_are_not_late(autojump_clock) -> None:
    seen: list[tuple[int, float]] = []

    async def exactly_one_period(tick: int) -> None:
        seen.append((tick, trio.current_time()))
        await trio.sleep(1.0)

    await Stream.ticks(1.0).take(3).for_each(exactly_one_period)
    assert seen == [(0, 0.0), (1, 1.0), (2, 2.0)]


@pytest.mark.parametrize("kind", ["list", "agen", "channel"])
async def test_a_source_that_is_always_ready_starves_nobody(kind: str) -> None:
    """A loop over items that never wait must still let others run, and see a cancellation."""

    async def endless() -> AsyncIterator[int]:
        while True:
            yield 0

    seen = 0

    def look(item: int) -> None:
        nonlocal seen
        seen += 1
        if seen == 1000:
            scope.cancel()

    send, receive = trio.open_memory_channel[int](10_000)
    for _ in range(10_000):
        send.send_nowait(0)
    sources = {"list": range(1_000_000), "agen": endless(), "channel": receive}
    with send, trio.CancelScope() as scope:
        await stream(sources[kind]).for_each(look)  # type: ignore[call-overload]
    assert scope.cancelled_caught
    assert 1000 <= seen <= 1000 + 128


async def test_an_already_cancelled_run_pulls_nothing(tap) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await stream(tap.source()).collect()
    assert scope.cancelled_caught
    assert tap.pulled == 0


@pytest.mark.parametrize("error", [ValueError("at once"), KeyError("k")])
async def test_an_error_of_the_source_leaves_as_itself(error: Exception) -> None:
    async def failing() -> AsyncIterator[int]:
        yield 1
        raise error

    seen: list[int] = []
    with pytest.raises(type(error)) as caught:
        await stream(failing).for_each(seen.append)
    assert caught.value is error
    assert seen == [1]


def test_what_is_no_source_is_refused() -> None:
    async def numbers(n: int) -> list[int]:
        return [n]

    with pytest.raises(TypeError, match=r"source must be an iterable, .* got 3"):
        stream(3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"got the coroutine object '.*numbers': pass the function"):
        stream(numbers(3))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="arguments only for a function"):
        stream([1], 2)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="period must be a number of seconds > 0 and finite, got 0"):
        Stream.ticks(0)


async def test_a_function_that_gives_no_iterable_is_named() -> None:
    async def numbers(n: int) -> list[int]:
        return [n]

    with pytest.raises(
        TypeError, match=r"source must be a function that returns an iterable .* returned <coroutine"
    ):
        await stream(numbers, 3).collect()  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"returned 3"):
        await stream(lambda: 3).collect()  # type: ignore[call-overload]
