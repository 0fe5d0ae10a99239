"""What the two ends of an overflow channel share: the buffer, who waits for an item, and the counts."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar, final

import outcome
import trio

from .._core.budget import CheckpointBudget

__all__ = ["Overflow", "OverflowBuffer", "OverflowStatistics"]

T = TypeVar("T")

Overflow: TypeAlias = Literal["drop_oldest", "drop_newest", "error"]


@dataclass(frozen=True, slots=True)
class OverflowStatistics:
    """How full an overflow channel is, who uses it, and what it has dropped."""

    current_buffer_used: int
    """Items that lie ready: 0 to ``max_buffer_size``."""
    max_buffer_size: int
    """The ``max_buffer`` that the channel was opened with."""
    open_send_channels: int
    """Send ends that are not closed, clones included."""
    open_receive_channels: int
    """Receive ends that are not closed, clones included."""
    tasks_waiting_receive: int
    """Tasks that wait in ``receive``, on any clone. No task ever waits in ``send``."""
    peak_buffer_used: int
    """The most items that have lain ready at once. Below ``max_buffer_size`` nothing was ever dropped."""
    dropped: int
    """Items dropped so far, from whichever clone they came."""


@final
class OverflowBuffer(Generic[T]):
    """The state of one channel. Its methods are called by the ends, which see to their own closing first."""

    __slots__ = (
        "budget",
        "dropped",
        "items",
        "max_size",
        "open_receivers",
        "open_senders",
        "overflow",
        "peak",
        "waiting",
    )

    def __init__(self, max_size: int, overflow: Overflow) -> None:
        self.max_size = max_size
        self.overflow = overflow
        # A deque with a bound drops the oldest by itself. So the buffer cannot outgrow it by any mistake.
        self.items: deque[T] = deque(maxlen=max_size)
        self.open_senders = self.open_receivers = 0
        # Each parked task with the end it receives from, longest waiting first. While one waits, nothing lies
        # in the buffer.
        self.waiting: OrderedDict[trio.lowlevel.Task, object] = OrderedDict()
        self.dropped = self.peak = 0
        self.budget = CheckpointBudget()

    @property
    def has_room(self) -> bool:
        """Whether an item could be put in now and none would be dropped."""
        return self.open_receivers > 0 and len(self.items) < self.max_size

    @property
    def is_dry(self) -> bool:
        """Whether there is no item, and there may be one later."""
        return not self.items and self.open_senders > 0

    def put(self, item: T) -> None:
        """Hand ``item`` to the task that has waited longest, or into the buffer, or drop one item."""
        if not self.open_receivers:
            raise trio.BrokenResourceError("every receive end of the channel was closed: stop sending")
        if self.waiting:
            task, _ = self.waiting.popitem(last=False)
            trio.lowlevel.reschedule(task, outcome.Value(item))
            return
        if len(self.items) == self.max_size:
            if self.overflow == "error":
                raise trio.WouldBlock(f"the buffer of {self.max_size} items is full")
            self.dropped += 1
            if self.overflow == "drop_newest":
                return
        self.items.append(item)
        self.peak = max(self.peak, len(self.items))

    def take(self) -> T:
        """Take the oldest item."""
        if self.items:
            return self.items.popleft()
        if not self.open_senders:
            raise trio.EndOfChannel
        raise trio.WouldBlock("no item lies ready")

    async def park(self, end: object) -> T:
        """Wait for the item that a sender hands to this task."""
        task = trio.lowlevel.current_task()
        self.waiting[task] = end

        def abort(_: object) -> trio.lowlevel.Abort:
            del self.waiting[task]
            return trio.lowlevel.Abort.SUCCEEDED

        # Once an item has been handed over, a cancellation comes too late: the item is returned.
        item: T = await trio.lowlevel.wait_task_rescheduled(abort)
        return item

    def close_sender(self) -> None:
        """Count a send end out; after the last, those who wait for an item wait in vain."""
        self.open_senders -= 1
        if not self.open_senders:
            self._dismiss(list(self.waiting), trio.EndOfChannel)

    def close_receiver(self, end: object) -> None:
        """Count a receive end out, and tell those who wait on it; after the last, nobody wants the items."""
        self.open_receivers -= 1
        mine = [task for task, its_end in self.waiting.items() if its_end is end]
        self._dismiss(mine, trio.ClosedResourceError)
        if not self.open_receivers:
            self.items.clear()

    def _dismiss(self, tasks: list[trio.lowlevel.Task], reason: type[Exception]) -> None:
        for task in tasks:
            del self.waiting[task]
            trio.lowlevel.reschedule(task, outcome.Error(reason()))

    def statistics(self) -> OverflowStatistics:
        """Return the counts as they are now."""
        return OverflowStatistics(
            current_buffer_used=len(self.items),
            max_buffer_size=self.max_size,
            open_send_channels=self.open_senders,
            open_receive_channels=self.open_receivers,
            tasks_waiting_receive=len(self.waiting),
            peak_buffer_used=self.peak,
            dropped=self.dropped,
        )
