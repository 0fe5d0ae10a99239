"""From the book of a recording to plain values: times from its beginning, tasks in an order that repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from .book import Book
from .model import Cancellation, Mark, NurseryRecord, Recording, Span, TaskRecord
from .tracks import NurseryTrack, Stretch, TaskTrack

__all__ = ["take"]


def take(book: Book, began: float, now: float, *, virtual: bool) -> Recording:
    """Return all that ``book`` holds at the time ``now`` of a recording that ``began``."""
    drawn = _Drawn(book, began, now)
    parents_first: list[TaskTrack] = []
    pending = [*book.tops]
    while pending:  # not by recursion: a program may nest more deeply than that goes
        track = pending.pop()
        parents_first.append(track)
        pending.extend(child for nursery in track.nurseries for child in nursery.tasks)
    for track in reversed(parents_first):
        drawn.draw(track)
    return Recording(now - began, virtual, drawn.siblings(book.tops), book.dropped)


class _Drawn:
    """One taking of all values."""

    def __init__(self, book: Book, began: float, now: float) -> None:
        self._began = began
        self._now = now
        self._records: dict[TaskTrack, TaskRecord] = {}
        self._spans: dict[TaskTrack, list[Span]] = {}
        self._marks: dict[TaskTrack, list[Mark]] = {}
        self._cancellations: dict[TaskTrack, list[Cancellation]] = {}
        for event in book.events:
            if isinstance(event, Stretch):
                if event.end > event.start:
                    self._spans.setdefault(event.track, []).append(self._span(event))
                continue
            what = replace(event.what, time=event.what.time - began)
            if isinstance(what, Mark):
                self._marks.setdefault(event.track, []).append(what)
            else:
                self._cancellations.setdefault(event.track, []).append(what)
        for track in book.tracks.values():
            if now > track.since:  # what it is doing
                last = Stretch(track, track.since, now, track.waiting)
                self._spans.setdefault(track, []).append(self._span(last))

    def _span(self, event: Stretch) -> Span:
        start, end = event.start - self._began, event.end - self._began
        if (waiting := event.waiting) is None:
            return Span(start, end, "running", None, "", ())
        return Span(start, end, "waiting", waiting.category, waiting.label, waiting.stack)

    def siblings(self, tracks: Iterable[TaskTrack]) -> tuple[TaskRecord, ...]:
        """Return tasks in the order of their starts, with numbers where names are the same."""
        # trio runs what is ready in any order. So tasks that several others have started at the same moment
        # are put in order by what they do: which of two equal ones comes first can't be seen.
        ordered: list[TaskRecord] = []
        by_start = sorted(tracks, key=lambda track: (track.start, track.turn))
        for _, together in groupby(by_start, key=lambda track: (track.start, track.turn)):
            records = [self._records[track] for track in together]
            ordered += records if len(records) == 1 else sorted(records, key=_all_of_it)
        totals = Counter(task.name for task in ordered)
        seen: Counter[str] = Counter()
        for index, task in enumerate(ordered):
            if totals[task.name] > 1:
                seen[task.name] += 1
                ordered[index] = replace(task, name=f"{task.name} #{seen[task.name]}")
        return tuple(ordered)

    def draw(self, track: TaskTrack) -> None:
        """Make the record of a task; those of the tasks below it are there."""
        spans = tuple(self._spans.get(track, ()))
        start = track.start - self._began
        end = (self._now if track.end is None else track.end) - self._began
        steps = {start}
        steps.update(span.start for span in spans if span.state == "waiting")
        steps.update(span.end for span in spans if span.state == "waiting")
        if track.end is None:
            steps.discard(end)  # it is still at it
        else:
            steps.add(end)
        by_start = sorted(track.nurseries, key=lambda nursery: nursery.first.start)
        nurseries = tuple(self._nursery(nursery) for nursery in by_start if nursery.tasks)
        self._records[track] = TaskRecord(
            track.name,
            start,
            end,
            track.ending,
            spans,
            tuple(sorted(steps)),
            tuple(self._cancellations.get(track, ())),
            tuple(self._marks.get(track, ())),
            nurseries,
        )

    def _nursery(self, track: NurseryTrack) -> NurseryRecord:
        end = (self._now if track.end is None else track.end) - self._began
        tasks = self.siblings(track.tasks)
        first = track.first
        return NurseryRecord(first.label, first.place, first.start - self._began, end, tasks)


def _all_of_it(task: TaskRecord) -> str:
    """Return all that can be seen of a task and of those below it."""
    return "".join(repr(replace(one, nurseries=())) for one in task.below())
