"""An overflow channel against a model of it in plain Python, over random sequences of operations."""

from __future__ import annotations

from collections import deque
from typing import Any

import outcome
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.backpressure import open_overflow_channel

Result = object  # an item, None, or the type of what was raised


class Model:
    """What the channel should do, with lists for its ends and waiters that are no tasks."""

    def __init__(self, size: int, overflow: str) -> None:
        self.size, self.overflow = size, overflow
        self.items: deque[int] = deque()
        self.senders, self.receivers = [True], [True]  # open?
        self.waiting: list[tuple[int, int]] = []  # waiter, its receive end; longest waiting first
        self.results: dict[int, Result] = {}
        self.dropped = self.peak = 0

    def send(self, end: int, item: int) -> Result:
        if not self.senders[end]:
            return trio.ClosedResourceError
        if not any(self.receivers):
            return trio.BrokenResourceError
        if self.waiting:
            self.results[self.waiting.pop(0)[0]] = item
            return None
        if len(self.items) == self.size:
            if self.overflow == "error":
                return trio.WouldBlock
            self.dropped += 1
            if self.overflow == "drop_newest":
                return None
            self.items.popleft()
        self.items.append(item)
        self.peak = max(self.peak, len(self.items))
        return None

    def receive(self, end: int) -> Result:
        if not self.receivers[end]:
            return trio.ClosedResourceError
        if self.items:
            return self.items.popleft()
        return trio.WouldBlock if any(self.senders) else trio.EndOfChannel

    def start_to_wait(self, end: int, waiter: int) -> None:
        result = self.receive(end)
        if result is trio.WouldBlock:
            self.waiting.append((waiter, end))
        else:
            self.results[waiter] = result

    def cancel(self, waiter: int) -> None:
        if any(waiter == number for number, _ in self.waiting):
            self.end([waiter], trio.Cancelled)

    def close_send(self, end: int) -> None:
        self.senders[end] = False
        if not any(self.senders):
            self.end([waiter for waiter, _ in self.waiting], trio.EndOfChannel)

    def close_receive(self, end: int) -> None:
        if self.receivers[end]:
            self.receivers[end] = False
            self.end([waiter for waiter, at in self.waiting if at == end], trio.ClosedResourceError)
            if not any(self.receivers):
                self.items.clear()

    def end(self, waiters: list[int], why: type[BaseException]) -> None:
        self.results |= dict.fromkeys(waiters, why)
        self.waiting = [(waiter, end) for waiter, end in self.waiting if waiter not in waiters]

    def clone(self, ends: list[bool], end: int) -> Result:
        if not ends[end]:
            return trio.ClosedResourceError
        ends.append(True)
        return None


OPERATIONS = [
    *["send_nowait"] * 4,
    *["send"] * 4,
    *["receive_nowait"] * 2,
    *["wait"] * 4,
    "cancel",
    "close_send",
    "close_receive",
    "clone_send",
    "clone_receive",
]


def result_of(what: outcome.Outcome[Any]) -> Result:
    return what.value if isinstance(what, outcome.Value) else type(what.error)  # type: ignore[attr-defined]


def tried(fn: Any, *args: Any) -> Result:
    return result_of(outcome.capture(fn, *args))


@given(
    size=st.sampled_from([1, 2, 3, 10]),
    overflow=st.sampled_from(["drop_oldest", "drop_newest", "error"]),
    operations=st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9)), max_size=60),
)
def test_for_any_sequence_of_operations_it_does_what_the_model_does(size, overflow, operations):
    trio.run(follow, size, overflow, operations, clock=trio.testing.MockClock(autojump_threshold=0))


async def follow(size: int, overflow: Any, operations: list[tuple[str, int]]) -> None:
    model = Model(size, overflow)
    send, receive = open_overflow_channel[int](size, overflow=overflow)
    senders, receivers = [send], [receive]
    results: dict[int, Result] = {}
    scopes: dict[int, trio.CancelScope] = {}

    async def waiter(number: int, end: int) -> None:
        with trio.CancelScope() as scopes[number]:
            try:
                results[number] = await receivers[end].receive()
            except BaseException as exc:
                results[number] = type(exc)
                if isinstance(exc, trio.Cancelled):
                    raise

    async with trio.open_nursery() as nursery:
        for item, (operation, which) in enumerate(operations):
            s, r = which % len(senders), which % len(receivers)
            match operation:
                case "send_nowait":
                    assert tried(senders[s].send_nowait, item) == model.send(s, item)
                case "send":
                    outcome_of_send = await outcome.acapture(senders[s].send, item)
                    assert result_of(outcome_of_send) == model.send(s, item)
                case "receive_nowait":
                    assert tried(receivers[r].receive_nowait) == model.receive(r)
                case "wait":
                    nursery.start_soon(waiter, item, r)
                    model.start_to_wait(r, item)
                case "cancel" if scopes:
                    number = list(scopes)[which % len(scopes)]
                    scopes[number].cancel()
                    model.cancel(number)
                case "close_send":
                    senders[s].close()
                    model.close_send(s)
                case "close_receive":
                    receivers[r].close()
                    model.close_receive(r)
                case "clone_send":
                    expected = model.clone(model.senders, s)
                    if expected is None:
                        senders.append(senders[s].clone())
                    else:
                        assert tried(senders[s].clone) is expected
                case "clone_receive":
                    expected = model.clone(model.receivers, r)
                    if expected is None:
                        receivers.append(receivers[r].clone())
                    else:
                        assert tried(receivers[r].clone) is expected
            await trio.testing.wait_all_tasks_blocked()
            assert results == model.results
            statistics = receive.statistics()
            assert statistics == send.statistics()
            assert statistics.current_buffer_used == len(model.items)
            assert statistics.peak_buffer_used == model.peak
            assert statistics.dropped == send.dropped == model.dropped
            assert statistics.tasks_waiting_receive == len(model.waiting)
            assert statistics.open_send_channels == sum(model.senders)
            assert statistics.open_receive_channels == sum(model.receivers)
        nursery.cancel_scope.cancel()
