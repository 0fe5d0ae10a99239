"""open_overflow_channel: a sender that never waits, a buffer that never grows, a loss that is counted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns._core.budget import CheckpointBudget
from trio_patterns.backpressure import (
    OverflowReceiveChannel,
    OverflowSendChannel,
    OverflowStatistics,
    open_overflow_channel,
)
from trio_patterns.backpressure.overflow_buffer import OverflowBuffer

Ends = tuple[OverflowSendChannel[Any], OverflowReceiveChannel[Any]]

DROPPING = ["drop_oldest", "drop_newest"]
ALL = [*DROPPING, "error"]


def take_all(receive: OverflowReceiveChannel[Any]) -> list[Any]:
    """Take what lies ready."""
    found = []
    while receive.statistics().current_buffer_used:
        found.append(receive.receive_nowait())
    return found


# --- the happy path


@pytest.mark.parametrize("overflow", ALL)
async def test_while_there_is_room_everything_arrives_in_order(overflow, autojump_clock):
    send, receive = open_overflow_channel[int](10, overflow=overflow)
    found = []

    async def consumer() -> None:
        async for item in receive:
            found.append(item)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consumer)
        with send:
            for item in range(100):
                await send.send(item)
                await trio.sleep(0.1)
    assert found == list(range(100))
    assert send.dropped == 0


async def test_the_oldest_is_dropped_unless_something_else_is_said():
    send, receive = open_overflow_channel[int](2)
    for item in range(5):
        await send.send(item)
    assert take_all(receive) == [3, 4]


def test_it_can_be_made_and_filled_outside_of_trio():
    send, receive = open_overflow_channel[int](1)
    send.send_nowait(1)
    assert trio.run(receive.receive) == 1


async def test_the_ends_are_what_trio_says_channels_are():
    send, receive = open_overflow_channel[int](1)
    assert isinstance(send, trio.abc.SendChannel)
    assert isinstance(receive, trio.abc.ReceiveChannel)


# --- the bound, and what is dropped


@pytest.mark.parametrize("size", [1, 10, 100])
@pytest.mark.parametrize(
    ("overflow", "left"),
    [("drop_oldest", lambda n: range(250 - n, 250)), ("drop_newest", range)],
)
@pytest.mark.parametrize("how", ["send", "send_nowait"])
async def test_never_more_than_the_buffer_lies_ready_and_what_is_dropped_is_counted(
    size, overflow, left, how, autojump_clock
):
    send, receive = open_overflow_channel[int](size, overflow=overflow)
    for item in range(250):
        if how == "send":
            await send.send(item)
        else:
            send.send_nowait(item)
        statistics = send.statistics()
        assert statistics.current_buffer_used == statistics.peak_buffer_used == min(item + 1, size)
        assert send.dropped == statistics.dropped == max(0, item + 1 - size)
    assert trio.current_time() == 0
    assert take_all(receive) == list(left(size))


@pytest.mark.parametrize("size", [1, 10, 100])
async def test_with_error_a_full_buffer_refuses_and_nothing_is_lost(size):
    send, receive = open_overflow_channel[int](size, overflow="error")
    for item in range(size):
        await send.send(item)
    with pytest.raises(trio.WouldBlock, match=f"the buffer of {size} items is full"):
        await send.send(-1)
    with pytest.raises(trio.WouldBlock, match=f"the buffer of {size} items is full"):
        send.send_nowait(-1)
    assert send.dropped == 0
    assert receive.receive_nowait() == 0
    await send.send(size)
    assert take_all(receive) == list(range(1, size + 1))


async def test_a_slow_consumer_sees_the_latest_or_the_first(autojump_clock):
    """Ten items a second for 10 s; the consumer takes one a second."""
    seen = {}
    for overflow in DROPPING:
        send, receive = open_overflow_channel[int](1, overflow=overflow)
        found = seen[overflow] = []

        async def consumer(receive: OverflowReceiveChannel[int], found: list[int]) -> None:
            await trio.sleep(0.05)
            async for item in receive:
                found.append(item)
                await trio.sleep(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consumer, receive, found)
            with send:
                for item in range(100):
                    await send.send(item)
                    await trio.sleep(0.1)
        assert len(found) + send.dropped == 100
    assert seen["drop_oldest"] == [*range(0, 100, 10), 99]
    assert seen["drop_newest"] == [0, 1, *range(11, 100, 10)]


# --- handed over directly


@pytest.mark.parametrize("overflow", ALL)
async def test_what_goes_to_a_waiting_receiver_never_touches_the_buffer(overflow):
    send, receive = open_overflow_channel[int](1, overflow=overflow)
    found = []

    async def consumer() -> None:
        found.append(await receive.receive())

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(consumer)
        await trio.testing.wait_all_tasks_blocked()
        assert send.statistics().tasks_waiting_receive == 3
        for item in range(4):
            send.send_nowait(item)
        assert send.statistics().tasks_waiting_receive == 0
        assert send.statistics().peak_buffer_used == 1
    assert sorted(found) == [0, 1, 2]
    assert take_all(receive) == [3]
    assert send.dropped == 0


async def test_waiting_receivers_are_served_first_come_first_served(autojump_clock):
    send, receive = open_overflow_channel[int](1)
    found = {}

    async def consumer(name: int, end: OverflowReceiveChannel[int]) -> None:
        await trio.sleep(name)
        found[name] = await end.receive()

    async with trio.open_nursery() as nursery:
        for name in range(20):
            nursery.start_soon(consumer, name, receive if name % 2 else receive.clone())
        await trio.sleep(20)
        for item in range(20):
            send.send_nowait(item)
    assert found == {n: n for n in range(20)}


@pytest.mark.parametrize("overflow", ALL)
async def test_a_receiver_that_keeps_up_loses_nothing_to_a_sender_that_never_rests(overflow):
    """Without its turn it would lose most: between two turns 128 items are sent, and one of them fits."""
    for _ in range(10):
        send, receive = open_overflow_channel[int](1, overflow=overflow)
        found = []

        async def consumer(receive: OverflowReceiveChannel[int], found: list[int]) -> None:
            async for item in receive:
                found.append(item)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consumer, receive, found)
            with send:
                for item in range(100):
                    await send.send(item)
        assert found == list(range(100))
        assert send.dropped == 0


# --- checkpoints


async def test_sending_without_waiting_starves_nobody():
    """128 items at most are sent between two turns of another task."""
    send, _ = open_overflow_channel[int](10_000)
    seen = []

    async def other() -> None:
        while len(seen) < 4:
            seen.append(send.statistics().current_buffer_used)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        for item in range(1000):
            await send.send(item)
    assert max(b - a for a, b in itertools.pairwise(seen)) <= 2 * 128


@pytest.mark.parametrize("size", [1, 10**6])
async def test_a_sender_in_a_loop_sees_its_cancellation(size):
    send, receive = open_overflow_channel[int](size)
    sent = 0
    with trio.CancelScope() as scope:
        scope.cancel()
        while True:
            await send.send(sent)
            sent += 1
    assert scope.cancelled_caught
    assert sent < 128
    assert len(take_all(receive)) + send.dropped == sent


async def test_receive_is_a_checkpoint_and_what_is_called_nowait_is_none():
    send, receive = open_overflow_channel[int](2)
    with trio.testing.assert_no_checkpoints():
        send.send_nowait(1)
        send.send_nowait(2)
        assert receive.receive_nowait() == 1
    with trio.testing.assert_checkpoints():
        assert await receive.receive() == 2
    with pytest.raises(trio.WouldBlock, match=r"^no item lies ready$"):
        receive.receive_nowait()


async def test_a_send_that_drops_or_raises_is_a_checkpoint():
    send, receive = open_overflow_channel[int](1)
    send.send_nowait(1)
    with trio.testing.assert_checkpoints():
        await send.send(2)
    receive.close()
    with trio.testing.assert_checkpoints(), pytest.raises(trio.BrokenResourceError):
        await send.send(3)
    send, _ = open_overflow_channel[int](1)
    send.close()
    with trio.testing.assert_checkpoints(), pytest.raises(trio.ClosedResourceError):
        await send.send(4)


async def test_the_checkpoint_may_find_the_channel_closed_by_another():
    send, receive = open_overflow_channel[int](1)
    send.send_nowait(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive.aclose)
        with pytest.raises(trio.BrokenResourceError):
            await send.send(2)
    assert send.dropped == 0


# --- cancellation


async def test_cancelled_before_the_call_nothing_is_sent_or_taken():
    send, receive = open_overflow_channel[int](1)
    send.send_nowait(1)
    for attempt in (receive.receive, lambda: send.send(2)):
        with trio.CancelScope() as scope:
            scope.cancel()
            await attempt()
        assert scope.cancelled_caught
    assert take_all(receive) == [1]
    assert send.dropped == 0


async def test_a_cancelled_waiter_takes_nothing_and_those_behind_it_move_up(autojump_clock):
    send, receive = open_overflow_channel[int](1)
    found = []

    async def behind() -> None:
        await trio.sleep(0.1)
        found.append(await receive.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(behind)
        with trio.move_on_after(1):
            await receive.receive()
        assert send.statistics().tasks_waiting_receive == 1
        send.send_nowait(1)
    assert found == [1]


async def test_an_item_handed_over_in_the_instant_of_the_cancel_is_received(autojump_clock):
    send, receive = open_overflow_channel[int](1)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def _() -> None:
                await trio.sleep(1)
                send.send_nowait(1)
                scope.cancel()

            assert await receive.receive() == 1
    assert take_all(receive) == []


@pytest.mark.parametrize("overflow", ALL)
@pytest.mark.parametrize("size", [1, 3])
def test_whatever_the_step_of_the_cancel_every_item_is_somewhere(cancel_at_every_step, overflow, size):
    """Received, still in the buffer, dropped and counted, or never sent."""

    def make() -> tuple[Callable[[], Any], Callable[[], None]]:
        send, receive = open_overflow_channel[int](size, overflow=overflow)
        sent: list[int] = []
        refused: list[int] = []
        found: list[int] = []

        async def produce(items: range) -> None:
            for item in items:
                try:
                    await send.send(item)
                except trio.WouldBlock:
                    refused.append(item)
                else:
                    sent.append(item)
                await trio.sleep(item % 3)

        async def consume() -> None:
            while True:
                found.append(await receive.receive())
                await trio.sleep(0.5)

        async def scenario() -> None:
            async with trio.open_nursery() as consumers:
                consumers.start_soon(consume)
                consumers.start_soon(consume)
                async with trio.open_nursery() as producers:
                    producers.start_soon(produce, range(8))
                    producers.start_soon(produce, range(100, 108))
                consumers.cancel_scope.cancel()

        def check() -> None:
            rest = take_all(receive)
            assert len(found) + len(rest) + send.dropped == len(sent)
            assert len({*found, *rest}) == len(found) + len(rest)
            assert {*found, *rest} <= set(sent)
            assert not {*sent} & {*refused}
            assert send.statistics().tasks_waiting_receive == 0

        return scenario, check

    assert cancel_at_every_step(make) > 20


# --- the end


@pytest.mark.parametrize("how", ["close", "aclose", "with", "async with"])
async def test_after_the_last_sender_the_rest_is_received_and_then_the_end(how):
    send, receive = open_overflow_channel[int](3)
    for item in range(5):
        send.send_nowait(item)
    await close(send, how)
    assert [item async for item in receive] == [2, 3, 4]
    with pytest.raises(trio.EndOfChannel):
        await receive.receive()
    with pytest.raises(trio.EndOfChannel):
        receive.receive_nowait()
    with pytest.raises(trio.ClosedResourceError, match=r"^this send end was closed$"):
        send.send_nowait(5)
    with pytest.raises(trio.ClosedResourceError):
        await send.send(5)
    with pytest.raises(trio.ClosedResourceError):
        send.clone()


@pytest.mark.parametrize("how", ["close", "aclose", "with", "async with"])
@pytest.mark.parametrize("overflow", ALL)
async def test_after_the_last_receiver_sends_are_broken_and_nothing_is_kept(how, overflow):
    send, receive = open_overflow_channel[int](3, overflow=overflow)
    for item in range(3):
        send.send_nowait(item)
    await close(receive, how)
    with pytest.raises(trio.BrokenResourceError, match=r"^every receive end .* was closed: stop sending$"):
        send.send_nowait(5)
    with pytest.raises(trio.BrokenResourceError):
        await send.send(5)
    for use in (receive.receive_nowait, receive.clone):
        with pytest.raises(trio.ClosedResourceError, match=r"^this receive end was closed$"):
            use()
    with pytest.raises(trio.ClosedResourceError):
        await receive.receive()
    statistics = send.statistics()
    assert (statistics.current_buffer_used, statistics.open_receive_channels) == (0, 0)
    assert send.dropped == 0


async def close(end: OverflowSendChannel[Any] | OverflowReceiveChannel[Any], how: str) -> None:
    """Close ``end`` in the way named, and once more, which does nothing."""
    if how == "close":
        end.close()
    elif how == "aclose":
        with trio.testing.assert_checkpoints():
            await end.aclose()
    elif how == "with":
        with end as same:
            assert same is end
    else:
        async with end as same:
            assert same is end
    end.close()
    await end.aclose()


async def test_waiting_receivers_see_the_end_when_the_last_sender_closes():
    send, receive = open_overflow_channel[int](1)
    ended = []

    async def consumer(end: OverflowReceiveChannel[int]) -> None:
        assert [item async for item in end] == []
        ended.append(end)

    async with trio.open_nursery() as nursery:
        for end in (receive, receive, receive.clone()):
            nursery.start_soon(consumer, end)
        await trio.testing.wait_all_tasks_blocked()
        other = send.clone()
        send.close()
        await trio.testing.wait_all_tasks_blocked()
        assert ended == []
        other.close()
    assert len(ended) == 3
    assert receive.statistics().tasks_waiting_receive == 0


async def test_who_waits_on_an_end_that_another_task_closes_is_told_and_nobody_else():
    send, receive = open_overflow_channel[int](1)
    clone = receive.clone()
    found = []

    async def told() -> None:
        with pytest.raises(trio.ClosedResourceError) as caught:
            await receive.receive()
        assert caught.value.__context__ is None

    async def not_told() -> None:
        found.append(await clone.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(told)
        nursery.start_soon(not_told)
        nursery.start_soon(told)
        await trio.testing.wait_all_tasks_blocked()
        receive.close()
        assert send.statistics().tasks_waiting_receive == 1
        send.send_nowait(1)
    assert found == [1]


@pytest.mark.parametrize("which", [0, 1])
async def test_a_cancelled_aclose_has_closed(which):
    end = open_overflow_channel[int](1)[which]
    with trio.CancelScope() as scope:
        scope.cancel()
        await end.aclose()
    assert scope.cancelled_caught
    with pytest.raises(trio.ClosedResourceError):
        end.clone()


# --- clones


async def test_clones_are_one_channel_and_are_closed_one_by_one():
    send, receive = open_overflow_channel[int](2)
    other_send, other_receive = send.clone(), receive.clone()
    for item in range(3):
        send.send_nowait(item)
    other_send.send_nowait(3)
    assert send.dropped == other_send.dropped == 2
    assert receive.receive_nowait() == 2
    send.close()
    receive.close()
    assert other_receive.receive_nowait() == 3
    other_send.send_nowait(4)
    assert await other_receive.receive() == 4
    with pytest.raises(trio.WouldBlock):
        other_receive.receive_nowait()
    other_receive.close()
    with pytest.raises(trio.BrokenResourceError):
        other_send.send_nowait(5)


async def test_each_item_goes_to_one_of_the_receivers(autojump_clock):
    send, receive = open_overflow_channel[int](3)
    found = []

    async def consumer(end: OverflowReceiveChannel[int]) -> None:
        with end:
            async for item in end:
                found.append(item)
                await trio.sleep(1)

    async def producer(end: OverflowSendChannel[int], items: range) -> None:
        with end:
            for item in items:
                await end.send(item)
                await trio.sleep(0.3)

    async with trio.open_nursery() as nursery:
        with send, receive:
            for n in range(3):
                nursery.start_soon(consumer, receive.clone())
                nursery.start_soon(producer, send.clone(), range(100 * n, 100 * n + 30))
    assert len(found) == len(set(found)) == 90 - send.dropped
    assert 0 < send.dropped < 90


# --- statistics


@pytest.mark.parametrize("which", [0, 1])
async def test_statistics_of_either_end(which):
    ends: Ends = open_overflow_channel(2)
    assert ends[which].statistics() == OverflowStatistics(0, 2, 1, 1, 0, 0, 0)
    for item in range(5):
        ends[0].send_nowait(item)
    ends[0].clone()
    ends[1].clone()
    ends[1].receive_nowait()
    statistics = ends[which].statistics()
    assert statistics == OverflowStatistics(
        current_buffer_used=1,
        max_buffer_size=2,
        open_send_channels=2,
        open_receive_channels=2,
        tasks_waiting_receive=0,
        peak_buffer_used=2,
        dropped=3,
    )
    with pytest.raises(AttributeError):
        statistics.dropped = 0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ends[0].dropped = 0  # type: ignore[misc]


async def test_no_task_is_ever_started():
    before = trio.lowlevel.current_statistics().tasks_living
    send, receive = open_overflow_channel[int](1)
    with send, receive:
        await send.send(1)
        await send.send(2)
        await receive.receive()
        assert trio.lowlevel.current_statistics().tasks_living == before


# --- Ctrl-C


async def test_no_ctrl_c_lands_in_the_middle_of_an_operation(monkeypatch):
    """A KeyboardInterrupt between "counted" and "dropped" would make the count a lie."""
    send, receive = open_overflow_channel[int](1)
    protected = []
    for owner, name in (
        *((OverflowBuffer, name) for name in ("put", "take", "close_sender", "close_receiver")),
        *((end, "__init__") for end in (OverflowSendChannel, OverflowReceiveChannel)),
        (CheckpointBudget, "checkpoint"),
    ):
        real = getattr(owner, name)

        def spy(self: object, *args: object, real: Any = real) -> object:
            protected.append(trio.lowlevel.currently_ki_protected())
            return real(self, *args)

        monkeypatch.setattr(owner, name, spy)
    assert not trio.lowlevel.currently_ki_protected()
    await send.send(1)
    send.send_nowait(2)
    await receive.receive()
    send.send_nowait(3)
    receive.receive_nowait()
    for end in (send, receive):
        end.clone()
        end.close()
    assert protected == [True] * 10


# --- arguments


@pytest.mark.parametrize(
    ("size", "options", "error", "message"),
    [
        (0, {}, ValueError, "max_buffer must be an int >= 1, got 0"),
        (-1, {}, ValueError, "max_buffer must be an int >= 1, got -1"),
        (1.0, {}, TypeError, "max_buffer must be an int >= 1, got 1.0"),
        (True, {}, TypeError, "max_buffer must be an int >= 1, got True"),
        (math.inf, {}, TypeError, "max_buffer must be an int >= 1, got inf"),
        (None, {}, TypeError, "max_buffer must be an int >= 1, got None"),
        (0, {"overflow": "error"}, ValueError, "max_buffer must be an int >= 1, got 0"),
        (
            1,
            {"overflow": "wait"},
            ValueError,
            "overflow must be 'drop_oldest' or 'drop_newest' or 'error', got 'wait'",
        ),
        (1, {"overflow": None}, ValueError, "overflow must be .*, got None"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(size, options, error, message):
    with pytest.raises(error, match=message):
        open_overflow_channel(size, **options)


def test_options_are_named():
    with pytest.raises(TypeError, match="positional"):
        open_overflow_channel(1, "error")  # type: ignore[call-arg]
