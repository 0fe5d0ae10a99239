"""Proofs of `trio_patterns.shutdown`: the graceful nursery and what it reports."""

from __future__ import annotations

import signal
from typing import Any

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import (
    CancellationToken,
    CutOffTask,
    GracefulNursery,
    ShutdownReport,
    open_graceful_nursery,
)


@proves("open_graceful_nursery")
class GracefulNurseryLosesNoItem(Proof):
    """A worker that is told to stop finishes its item, and gives the rest back, however hard the stop is."""

    within = 5.0

    def begin(self) -> None:
        self.queue = [1, 2, 3, 4]
        self.done: list[int] = []

    async def work(self, token: CancellationToken) -> None:
        while self.queue and not token.cancelled:
            item = self.queue.pop()
            try:
                await trio.sleep(1)
            except BaseException:
                self.queue.append(item)
                raise
            self.done.append(item)

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        async with open_graceful_nursery(grace_period=3, signals=(), token=token) as nursery:
            for _ in range(2):
                nursery.start_soon(self.work, nursery.token)

    def check(self) -> None:
        assert sorted(self.queue + self.done) == [1, 2, 3, 4]


class ReportProof(Proof):
    """Tasks of a graceful nursery, counted by themselves as well as by the report."""

    def begin(self) -> None:
        self.nursery: GracefulNursery | None = None
        self.calls = 0
        self.running = 0
        self.returned: list[str] = []
        self.body_returned = False

    def start(self, name: str, before: float, after: float) -> None:
        """Start a task that needs some seconds before it looks at the token, and some more from then on."""
        assert self.nursery is not None
        self.calls += 1
        self.nursery.start_soon(self.task, name, before, after, name=name)

    async def task(self, name: str, before: float, after: float) -> None:
        assert self.nursery is not None
        self.running += 1
        try:
            await trio.sleep(before)
            await self.nursery.token.wait()
            with trio.CancelScope(shield=name == "stubborn"):
                await trio.sleep(after)
            self.returned.append(name)
        finally:
            self.running -= 1

    def report(self) -> ShutdownReport | None:
        """Return the report if the block was entered, after a look at what holds for every report."""
        assert self.running == 0
        if self.nursery is None:
            return None
        report = self.nursery.report
        assert isinstance(report, ShutdownReport)
        assert all(isinstance(task, CutOffTask) and task.file == __file__ for task in report.overran)
        names = [task.name for task in report.overran]
        # Counted once each: returned in time, or cut off, or failed and cancelled together with all others.
        late = [name for name in self.returned if name in names]
        assert report.finished == len(self.returned) - len(late) + self.body_returned
        assert report.finished + len(names) <= self.calls + 1
        if report.clean:
            assert names == []
            assert report.finished == self.calls + 1
        assert not report.forced or names
        return report


@proves("open_graceful_nursery", "GracefulNursery", "ShutdownReport", "CutOffTask")
class EveryTaskIsInTheReportOnce(ReportProof):
    """Finished and cut off add up, also for one that ends by itself when it has been cut off already."""

    within = 6.0

    async def program(self) -> None:
        token = CancellationToken()
        async with trio.open_nursery() as outside:
            outside.start_soon(self.stopped, token)
            await trio.sleep(1)
            token.cancel("enough")

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as outside:
            outside.start_soon(self.stop_later, token)
            async with open_graceful_nursery(grace_period=2, signals=(), token=token) as self.nursery:
                self.start("at once", 0.0, 0.0)
                self.start("in time", 0.0, 1.5)
                self.start("stubborn", 0.0, 3.0)
                self.start("hangs", 0.0, 9.0)
                await trio.sleep(0.5)
                self.body_returned = True

    async def stop_later(self, token: CancellationToken) -> None:
        await trio.sleep(2)  # the stop of the proof comes before, as a rule
        token.cancel("at last")

    def check(self) -> None:
        report = self.report()
        if report is not None and report.overran:
            assert 2.0 <= report.duration <= 3.0

    def whole(self) -> None:
        report = self.report()
        assert report is not None
        assert sorted(self.returned) == ["at once", "in time", "stubborn"]
        assert [task.name for task in report.overran] == ["stubborn", "hangs"]
        assert (report.finished, report.clean, report.reason) == (3, False, "enough")


@proves("open_graceful_nursery", "GracefulNursery")
class AStartedTaskCountsOnce(ReportProof):
    """A task that has not said ``started`` is its caller's; from then on it is in the report."""

    within = 6.0

    async def slow_start(self, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        self.running += 1
        try:
            await trio.sleep(1)
            task_status.started("ready")
            self.calls += 1
            await trio.sleep(1)
            self.returned.append("slow start")
        finally:
            self.running -= 1

    async def program(self) -> None:
        async with open_graceful_nursery(grace_period=2, signals=()) as self.nursery:
            with trio.move_on_after(0.5):
                await self.nursery.start(self.slow_start)
            assert await self.nursery.start(self.slow_start) == "ready"
            self.nursery.shutdown()
            self.body_returned = True

    async def stopped(self, token: CancellationToken) -> None:
        async with open_graceful_nursery(grace_period=2, signals=(), token=token) as self.nursery:
            await self.nursery.start(self.slow_start)
            self.body_returned = True

    def check(self) -> None:
        self.report()

    def whole(self) -> None:
        report = self.report()
        assert report is not None
        assert (report.clean, report.finished) == (True, 2)


class SignalProof(ReportProof):
    """Real signals, with a handler of one's own before and after: SIGTERM is raised in this process."""

    within = 6.0

    def begin(self) -> None:
        super().begin()
        self.sent = 0
        self.elsewhere = 0
        self.restored = True

    def send(self) -> None:
        signal.raise_signal(signal.SIGTERM)
        self.sent += 1

    def note(self, number: int, frame: Any) -> None:
        self.elsewhere += 1

    async def program(self) -> None:
        former = signal.signal(signal.SIGTERM, self.note)
        try:
            async with open_graceful_nursery(grace_period=4, signals=[signal.SIGTERM]) as self.nursery:
                await self.body()
                self.body_returned = True
        finally:
            self.restored = signal.getsignal(signal.SIGTERM) == self.note
            signal.signal(signal.SIGTERM, former)

    async def body(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        report = self.report()
        assert self.restored
        if report is not None:
            assert (report.signal is not None) + report.forced + self.elsewhere <= self.sent


@proves("open_graceful_nursery", "ShutdownReport")
class TheSecondSignalForces(SignalProof):
    """Every signal is the nursery's or the former handler's, and that is back at the end."""

    async def body(self) -> None:
        self.start("hangs", 0.0, 9.0)
        self.send()
        await trio.sleep(1)
        self.send()

    def whole(self) -> None:
        report = self.report()
        assert report is not None
        assert (report.signal, report.forced, report.duration) == (signal.SIGTERM, True, 1.0)
        assert [task.name for task in report.overran] == ["hangs"]


@proves("open_graceful_nursery", "ShutdownReport")
class ASignalInTheLastMomentIsTaken(SignalProof):
    """It is not raised again when the block ends, where it would end the program."""

    async def body(self) -> None:
        self.start("told", 0.0, 1.0)
        assert self.nursery is not None
        self.nursery.shutdown("enough")

    async def task(self, name: str, before: float, after: float) -> None:
        await super().task(name, before, after)
        self.send()

    def whole(self) -> None:
        report = self.report()
        assert report is not None
        assert (report.clean, report.reason, self.elsewhere) == (True, "enough", 0)
