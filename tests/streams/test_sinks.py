"""What runs a stream."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from trio_patterns.streams import Stream, stream


async def test_collect_count_and_drain() -> None:
    seen: list[int] = []
    source = stream(range(3)).map(seen.append)
    assert await source.collect() == [None, None, None]
    assert await source.count() == 3
    await source.drain()
    assert seen == [0, 1, 2] * 3


async def test_every_sink_is_a_checkpoint() -> None:
    send, _receive = trio.open_memory_channel[int](1)
    nothing = stream(list[int]())
    for sink in (
        nothing.collect,
        nothing.count,
        nothing.drain,
        lambda: nothing.first(default=0),
        lambda: nothing.last(default=0),
        lambda: nothing.reduce(lambda a, b: a, 0),
        lambda: nothing.for_each(print),
        lambda: nothing.to_channel(send),
    ):
        with trio.testing.assert_checkpoints():
            await sink()


async def test_for_each_one_by_one_and_several_at_once(gauge, autojump_clock) -> None:
    watched = gauge.watch(lambda item: 1.0)
    await stream(range(6)).for_each(watched)
    assert (trio.current_time(), gauge.most) == (6.0, 1)
    await stream(range(6)).for_each(watched, limit=3)
    assert (trio.current_time(), gauge.most) == (8.0, 3)
    await stream(range(6)).for_each(watched, trio.CapacityLimiter(2))
    assert (trio.current_time(), gauge.most) == (11.0, 3)
    with pytest.raises(ValueError, match="limit must be"):
        await stream([1]).for_each(print, limit=0)


async def test_reduce_plain_and_async() -> None:
    async def add(total: str, item: int) -> str:
        await trio.lowlevel.checkpoint()
        return total + str(item)

    assert await stream(range(4)).reduce(add, "") == "0123"
    assert await stream(range(4)).reduce(lambda a, b: a + b, 10) == 16
    assert await stream(list[int]()).reduce(add, "none") == "none"
    with pytest.raises(TypeError, match=r"^fn must be a function, plain or async, got 3"):
        await stream([1]).reduce(3, 0)  # type: ignore[arg-type]


async def test_first_and_last(tap) -> None:
    assert await stream(tap.source()).first() == 0
    assert (tap.pulled, len(tap.closed_at)) == (1, 1)
    assert await stream(range(5)).last() == 4
    assert await Stream.of(None).first(default=1) is None
    assert await Stream.empty().first(default=None) is None
    assert await Stream.empty().last(default=7) == 7
    with pytest.raises(LookupError, match=r"first\(\) of an empty stream: pass default="):
        await Stream.empty().first()
    with pytest.raises(LookupError, match=r"last\(\) of an empty stream"):
        await Stream.empty().last()


async def test_to_channel_sends_all_and_closes(autojump_clock) -> None:
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(range(3)).to_channel, send)
        assert [item async for item in receive] == [0, 1, 2]


async def test_to_channel_stops_when_the_receiver_has_gone(tap) -> None:
    """A producer that ignores the error runs on after nobody listens."""
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:

        async def produce() -> None:
            with pytest.raises(trio.BrokenResourceError):
                await stream(tap.source()).to_channel(send)

        nursery.start_soon(produce)
        assert await receive.receive() == 0
        receive.close()
    assert tap.pulled <= 2
    assert len(tap.closed_at) == 1


async def test_to_channel_keeps_the_error_that_ends_it_when_cancelled() -> None:
    """``async with send_channel`` in a cancelled scope would replace the error by ``Cancelled``."""
    send, receive = trio.open_memory_channel[int](0)

    def fail(item: int) -> int:
        scope.cancel()
        raise ValueError("real")

    with pytest.raises(ValueError, match="real"):
        with trio.CancelScope() as scope:
            await stream([1]).map(fail).to_channel(send)
    with pytest.raises(trio.EndOfChannel):
        receive.receive_nowait()


async def test_to_another_send_channel_than_trios_memory_channel() -> None:
    class Sink(trio.abc.SendChannel[int]):
        def __init__(self) -> None:
            self.items: list[int] = []
            self.closed = False

        async def send(self, value: int) -> None:
            await trio.lowlevel.checkpoint()
            self.items.append(value)

        async def aclose(self) -> None:
            self.closed = True
            await trio.lowlevel.checkpoint()

    sink = Sink()
    await stream(range(3)).to_channel(sink)
    assert (sink.items, sink.closed) == ([0, 1, 2], True)
    with pytest.raises(TypeError, match=r"send_channel must be a trio.abc.SendChannel, got 3"):
        await stream([1]).to_channel(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1, 3])
async def test_an_error_of_the_function_ends_the_run(limit: int, tap) -> None:
    def fail(item: int) -> None:
        if item == 2:
            raise ValueError(item)

    with pytest.raises(ValueError, match="2"):
        await stream(tap.source()).for_each(fail, limit=limit)
    assert len(tap.closed_at) == 1
