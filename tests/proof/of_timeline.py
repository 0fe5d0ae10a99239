"""Proofs of `trio_patterns.timeline`: what it sees is consistent, wherever the program is stopped."""

from __future__ import annotations

import pytest
import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.timeline import Recording, TaskRecord, Timeline, dump_tasks, mark, record


@proves("record", "Timeline", "mark", "dump_tasks")
class ARecordingIsWholeHoweverItEnds(Proof):
    """The instrument is gone after the block, and each task has one life without a gap."""

    def begin(self) -> None:
        self.account = Account()
        self.timeline: Timeline | None = None
        self.left = False

    async def program(self) -> None:
        try:
            with record() as timeline:
                self.timeline = timeline
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.work, 1.0)
                    await nursery.start(self.serve)
                    nursery.start_soon(self.work, 2.0)
                    mark("all started")
                    assert "work" in dump_tasks()
        finally:
            if self.timeline is not None:
                with pytest.raises(KeyError):
                    trio.lowlevel.remove_instrument(self.timeline)
            self.left = True

    async def work(self, seconds: float) -> None:
        with trio.move_on_after(1.5):
            await self.account.call(None, seconds)
        await self.account.call(None, 0.5)

    async def serve(self, task_status: trio.TaskStatus[None]) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.work, 0.5)
            await trio.lowlevel.checkpoint()
            task_status.started()

    def check(self) -> None:
        self.account.settled()
        if self.timeline is None:
            return
        assert self.left
        recording = self.timeline.recording
        (top,) = recording.tasks
        assert top.ending.kind == "open"  # the recording has ended before it
        for task in recording.all_tasks():
            self.one_life(task, recording)
            if task is not top:
                assert task.ending.kind != "open"
        assert self.timeline.to_svg() == self.timeline.to_svg()

    def one_life(self, task: TaskRecord, recording: Recording) -> None:
        assert 0 <= task.start <= task.end <= recording.duration
        moment = task.start
        for span in task.spans:
            assert span.start == moment
            assert span.start < span.end
            moment = span.end
        assert moment == task.end
        for nursery in task.nurseries:
            assert task.start <= nursery.start <= nursery.end <= task.end
            for child in nursery.tasks:
                assert nursery.start <= child.start <= child.end <= nursery.end
