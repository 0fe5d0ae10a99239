"""`Timeline`: the instrument that records what the tasks of a run do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, final

import trio

from .._core.arguments import check_int
from .._core.naming import short_name
from .._core.scheduler_door import age, pending_error, raised_by
from .book import Book
from .drawings import Drawings
from .endings import cancellation, ending_of
from .model import Mark, Recording
from .openers import opener
from .snapshot import take
from .stacks import Stacks, has_begun, is_trios_own, slept_enough
from .tracks import FirstTask, NurseryTrack, Remark, Stretch, TaskTrack
from .words import one_line

__all__ = ["RECORDING", "Timeline"]

#: The timelines that record a run, for `mark`.
RECORDING: trio.lowlevel.RunVar[tuple[Timeline, ...]] = trio.lowlevel.RunVar("recording", ())


def _is_virtual(clock: Any) -> bool:
    """Tell whether what runs takes no time on a clock."""
    testing = sys.modules.get("trio.testing")  # a program need not load it, and pytest with it, for this
    return testing is not None and isinstance(clock, testing.MockClock) and bool(clock.rate == 0)


def _name(task: trio.lowlevel.Task) -> str:
    return one_line(short_name(task))


@final
class Timeline(Drawings, trio.abc.Instrument):
    """Records which task runs, which waits, on what, and how each one ends.

    Give it to ``trio.run(main, instruments=[timeline])`` to record a whole run, or use `record` for a part
    of one. What it has seen is drawn by `to_svg`, `to_html`, `to_perfetto` and `to_text`, also while it
    still records. It records one run: from a second one trio drops it, and logs why. It is no profiler: a
    task that runs is seen as a whole, not line by line.

    Args:
      max_events: How many events are kept, int >= 1. When there are more, the oldest are forgotten, and
        `Recording.dropped` counts them. An event is a stretch of time in which a task ran or waited, a
        cancellation, or a mark.

    Raises:
      ValueError, TypeError: if ``max_events`` is out of range or no int.

    Cancellation:
      It sees cancellations, and changes nothing about them.

    Ordering:
      Tasks are drawn below the task whose nursery they are in, in the order in which they were started. On
      a `trio.testing.MockClock` the same program gives the same pictures, byte for byte, as long as what it
      does does not depend on the order in which trio wakes tasks, and nothing was forgotten.

    Cost:
      A checkpoint at which a task goes on at once takes 1.23 times as long as without (measured by
      ``python -m benchmarks --only recorded``); one at which it waits also reads the task's stack. Memory:
      O(``max_events`` + tasks that run).

    Source:
      trio's instruments; the lanes of Perfetto and of tokio-console, here nested by nursery.

    See Also:
      `record`, ``python -m trio_patterns.timeline``.
    """

    def __init__(self, *, max_events: int = 100_000) -> None:
        self._book = Book(check_int("max_events", max_events, minimum=1))
        self._stacks = Stacks()
        self._now: Callable[[], float] | None = None
        self._whole_run = False
        self._virtual = False
        self._began = self._latest = 0.0
        self._ended: float | None = None
        self._tracks = self._book.tracks
        # The two callbacks of every step are functions of this object, not methods of the class: a checkpoint
        # takes 1.21 times as long with them, and 1.25 with methods (medians of 180 rounds, in turn).
        vars(self).update(self._callbacks())

    # --- Begin and end ------------------------------------------------------------------------------------

    def _begin(self, *, whole_run: bool) -> None:
        """Begin to record; `record` and trio call it."""
        if self._now is not None:
            raise RuntimeError("this Timeline has recorded already: make one for each recording")
        clock = trio.lowlevel.current_clock()
        self._now = clock.current_time
        self._virtual = _is_virtual(clock)
        self._began = self._latest = self._now()
        self._whole_run = whole_run
        RECORDING.set((*RECORDING.get(), self))

    def _end(self) -> None:
        """End the recording; `record` and trio call it, and the second time it does nothing."""
        if self._ended is not None:
            return
        self._ended = now = self._time()
        for task, track in [*self._tracks.items()]:
            self._book.settle(task, track)
            self._book.end(task, track, now)
            track.end = None
        if trio.lowlevel.in_trio_run():  # a block may be left when its run is over
            RECORDING.set(tuple(other for other in RECORDING.get() if other is not self))

    def _adopt(self, task: trio.lowlevel.Task, home: NurseryTrack | None = None) -> None:
        """Record a task that is there already, and those below it; `record` calls it."""
        now = self._time()
        pending = [(task, home)]  # not by recursion: a program may nest more deeply than that goes
        while pending:
            task, home = pending.pop()
            track = self._book.start(task, _name(task), home, None, now)
            if task is trio.lowlevel.current_task() or not has_begun(task):
                track.ready = 1
            else:
                track.waiting = self._stacks.of(task)
            for nursery in task.child_nurseries:
                below = self._book.open_nursery(nursery, track, FirstTask(now, True, "nursery", None))
                pending.extend((child, below) for child in nursery.child_tasks)

    @property
    def recording(self) -> Recording:
        """What was recorded until now, as plain values."""
        if self._now is None:
            return Recording(0.0, False, (), 0)
        now = self._time() if self._ended is None else self._ended
        return take(self._book, self._began, now, virtual=self._virtual)

    def mark(self, text: str) -> None:
        """Put a mark with ``text`` into the picture, at the task that calls and at this moment.

        From a worker thread, use ``trio.from_thread.run_sync(timeline.mark, text)``; the mark is then that
        of the outermost task. After the recording it does nothing.
        """
        if self._now is not None and self._ended is None:
            track = self._current() or next(iter(self._book.tops), None)
            if track is not None:  # else the run has just begun, or is about to end
                self._book.keep(Remark(track, Mark(self._time(), one_line(text))))

    def _time(self) -> float:
        assert self._now is not None, "it has not begun to record"
        # A clock of the program's own may go backwards.
        self._latest = max(self._latest, self._now())
        return self._latest

    # --- What trio calls ----------------------------------------------------------------------------------
    #
    # An exception in here would only be logged, and the instrument dropped; and a KeyboardInterrupt be lost.

    @trio.lowlevel.enable_ki_protection
    def before_run(self) -> None:
        """Begin to record a whole run."""
        self._begin(whole_run=True)

    @trio.lowlevel.enable_ki_protection
    def after_run(self) -> None:
        """End the recording of a whole run."""
        self._end()

    @trio.lowlevel.enable_ki_protection
    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        """Note a new task."""
        nursery = task.parent_nursery
        if nursery is None:
            return  # trio's own first task
        now, starter = self._time(), self._current()
        home = self._book.nurseries.get(nursery)
        if home is None or home.first.start == now:
            owner = self._tracks.get(nursery.parent_task)
            if owner is not None:
                home = self._first(nursery, home, owner, now, starter)
            elif not self._is_on_top(task, nursery):
                return
        self._book.start(task, _name(task), home, starter, now)

    def _first(
        self,
        nursery: trio.Nursery,
        home: NurseryTrack | None,
        owner: TaskTrack,
        now: float,
        starter: TaskTrack | None,
    ) -> NurseryTrack:
        """Note who started the first task of a nursery: if several did at a time, not who was lucky."""
        who = age(trio.lowlevel.current_task()) if trio.lowlevel.in_trio_task() else 0
        if home is None or who not in home.starters:
            first = FirstTask(now, starter is owner, *opener(sys._getframe(2)))
            if home is None:
                home = self._book.open_nursery(nursery, owner, first)
            elif first.comes_before(home.first):
                home.first = first
            home.starters.add(who)
        return home

    def _is_on_top(self, task: trio.lowlevel.Task, nursery: trio.Nursery) -> bool:
        """Tell whether a task that is in no nursery of the recording belongs to it all the same."""
        if not self._whole_run or nursery.parent_task.parent_nursery is not None:
            return False
        # The program's first task, or a system task.
        return not is_trios_own(task)

    def _current(self) -> TaskTrack | None:
        # Callbacks of instruments and of aborted waits belong to no task.
        return self._tracks.get(trio.lowlevel.current_task()) if trio.lowlevel.in_trio_task() else None

    @trio.lowlevel.enable_ki_protection
    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """Note how a task has ended."""
        track = self._tracks.get(task)
        if track is not None:
            self._book.settle(task, track)
            track.ending = ending_of(raised_by(task, track.frame))
            track.end = self._time()
            self._book.end(task, track, track.end)

    def _callbacks(self) -> dict[str, Callable[[trio.lowlevel.Task], None]]:
        tracks, wake, block = self._tracks, self._wake, self._block

        @trio.lowlevel.enable_ki_protection
        def task_scheduled(task: trio.lowlevel.Task) -> None:
            """Note the end of a wait."""
            try:
                track = tracks[task]
            except KeyError:
                return
            track.ready += 1
            if track.waiting is not None:
                wake(task, track)

        @trio.lowlevel.enable_ki_protection
        def after_task_step(task: trio.lowlevel.Task) -> None:
            """Note the begin of a wait."""
            try:
                track = tracks[task]
            except KeyError:
                home = task.parent_nursery
                if home is not None and home.parent_task in tracks:
                    self._move_in(task, home)
                return
            track.ready -= 1
            # Most steps end here: a checkpoint that needs not wait has scheduled the task again.
            if track.ready <= 0:
                block(task, track)

        return {"task_scheduled": task_scheduled, "after_task_step": after_task_step}

    def _move_in(self, task: trio.lowlevel.Task, nursery: trio.Nursery) -> None:
        """Note a task from elsewhere: `Nursery.start` may be called by one that is not recorded."""
        if task.coro.cr_frame is None:
            return  # it has just ended
        home = self._book.nurseries.get(nursery)
        if home is None:
            owner = self._tracks[nursery.parent_task]
            home = self._book.open_nursery(nursery, owner, FirstTask(self._time(), False, "nursery", None))
        self._adopt(task, home)
        self._block(task, self._tracks[task])

    def _wake(self, task: trio.lowlevel.Task, track: TaskTrack) -> None:
        now = self._time()
        if now > track.since:
            self._book.keep(Stretch(track, track.since, now, track.waiting))
        track.waiting, track.since = None, now
        error = pending_error(task)
        if isinstance(error, trio.Cancelled) and not (error.source == "deadline" and slept_enough(task, now)):
            self._book.keep(Remark(track, cancellation(error, now)))

    def _block(self, task: trio.lowlevel.Task, track: TaskTrack) -> None:
        track.ready = 0
        if track.waiting is not None:  # it was ready when the recording began, and taken for one that waits
            self._wake(task, track)
        self._book.settle(task, track)
        now = self._time()
        if now > track.since:
            self._book.keep(Stretch(track, track.since, now, None))
        track.waiting, track.since = self._stacks.of(task), now
