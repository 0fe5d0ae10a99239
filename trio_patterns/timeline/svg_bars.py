"""What is drawn over the axis: bars of tasks, counts of folded ones, bands of nurseries."""

from __future__ import annotations

from html import escape
from typing import final

from .axis import in_words
from .endings import because
from .model import NurseryRecord, Span, TaskRecord
from .rows import FoldedRow, alive, peak_of
from .words import MEANINGS, cancellation_words, ending_words, place_words, span_words

__all__ = ["Bars"]

ROW = 26
BAR = 16
LANE = 14  # for the texts of marks
COUNTS = 34  # the row of folded tasks
CHARACTER = 6.0  # of 11 px, on average
MOST_LANES = 4


@final
class Bars:
    """Collects what it draws in ``parts``, and remembers which signs the legend has to explain."""

    def __init__(self, left: float, right: float, duration: float, virtual: bool) -> None:
        self._left = left
        self._right = right
        self._virtual = virtual
        #: Seconds that the axis is long.
        self.duration = duration
        self.parts: list[str] = []
        self._used: dict[str, None] = {}

    def x(self, moment: float) -> float:
        """Return where a moment is."""
        share = moment / self.duration if self.duration > 0 else 0.0
        return self._left + share * (self._right - self._left)

    def band(self, nursery: NurseryRecord, top: float, bottom: float) -> str:
        """Return the life of a nursery, behind its tasks."""
        x, width = self.x(nursery.start), max(self.x(nursery.end) - self.x(nursery.start), 3.0)
        where = f"\n  {place_words(nursery.place)}" if nursery.place is not None else ""
        said = f"{nursery.label}: {in_words(nursery.start)} to {in_words(nursery.end)}{where}"
        return (
            f'<rect class="band" x="{x - 2:.1f}" y="{top + 1:g}" width="{width + 4:.1f}" '
            f'height="{bottom - top - 3:g}" rx="4"><title>{escape(said)}</title></rect>'
        )

    # --- A task -------------------------------------------------------------------------------------------

    def task(self, task: TaskRecord, y: float) -> float:
        """Draw a task, and return how high its row is."""
        lanes = self._marks(task, y)
        y += lanes * LANE
        for span in task.spans:
            self._span(task.name, span, y)
        if self._virtual:
            self._steps(task, y)
        for cancelled in task.cancellations:
            x = self.x(cancelled.time)
            if task.ending.kind == "finished" and self.x(task.end) - x < 9:
                x = self.x(task.end) - 9  # beside the sign of the end
            self._cross(x, y + ROW / 2, cancellation_words(task.name, cancelled))
        self._ending(task, y)
        return ROW + lanes * LANE

    def _span(self, name: str, span: Span, y: float) -> None:
        x, end = self.x(span.start), self.x(span.end)
        width = max(end - x, 0.5)
        said = f"<title>{escape(span_words(name, span))}</title>"
        place = f'x="{x:.1f}" y="{y + 5:g}" width="{width:.1f}" height="{BAR}"'
        if span.category is None:
            self._used["run"] = None
            self.parts.append(f'<rect class="run" {place}>{said}</rect>')
            return
        self._used[span.category] = None
        self.parts.append(f'<rect class="wait {span.category}" {place} rx="2">{said}</rect>')
        label = span.label if _fits(span.label, width - 10) else span.label.rpartition(".")[2]
        if label and _fits(label, width - 10):
            self.parts.append(f'<text class="in" x="{x + 5:.1f}" y="{y + 17:g}">{escape(label)}</text>')

    def _steps(self, task: TaskRecord, y: float) -> None:
        seen = {f"{self.x(moment):.1f}" for moment in task.steps}  # what falls on one place is drawn once
        self._used["step"] = None
        path = "".join(f"M{x} {y + 4:g}v{BAR + 2}" for x in sorted(seen, key=float))
        self.parts.append(f'<path class="step" d="{path}"/>')

    def _cross(self, x: float, y: float, said: str, kind: str = "x") -> None:
        self._used[kind] = None
        title = f"<title>{escape(said)}</title>" if said else ""
        self.parts.append(f'<path class="{kind}" d="M{x - 4:.1f} {y - 4:g}l8 8m0 -8l-8 8">{title}</path>')

    def _ending(self, task: TaskRecord, y: float) -> None:
        x, middle = self.x(task.end), y + ROW / 2
        said = ending_words(task)
        title = f"<title>{escape(said)}</title>"
        if task.ending.kind == "finished":
            self._used["good"] = None
            self.parts.append(f'<circle class="good" cx="{x:.1f}" cy="{middle:g}" r="4">{title}</circle>')
        elif task.ending.kind == "open":
            self._used["open"] = None
            self.parts.append(f'<path class="open" d="M{x - 1:.1f} {middle - 5:g}l8 5l-8 5z">{title}</path>')
        else:
            self._cross(x, middle, said, "bad" if task.ending.kind == "failed" else "x")
        words, kind = task.ending.text, "bad" if task.ending.kind == "failed" else "cut"
        if not words and task.cancellations:
            words, kind = because(task.cancellations[-1]), "cut"
        self._say(words, kind, x, y)

    def _say(self, words: str, kind: str, x: float, y: float) -> None:
        """Write beside the end of a task: after it if there is room, else before it, cut to what fits."""
        if not words:
            return
        after, before = self._right - x - 12, x - self._left - 12
        first = _fits(words, after) or after >= before
        anchor, at, room = ("start", x + 10, after) if first else ("end", x - 18, before - 8)
        shown = words if _fits(words, room) else f"{words[: max(int(room / CHARACTER) - 1, 1)]}…"
        width = len(shown) * CHARACTER + 6
        left = at - 3 if first else at - width + 3
        place = f'x="{left:.1f}" y="{y + 7:g}" width="{width:.1f}" height="{BAR - 4}"'
        self.parts.append(
            f'<rect class="plate" {place} rx="3"/>'
            f'<text class="{kind} in halo" text-anchor="{anchor}" x="{at:.1f}" y="{y + 17:g}">{escape(shown)}'
            f"<title>{escape(words)}</title></text>"
        )

    def _marks(self, task: TaskRecord, y: float) -> int:
        """Draw the marks of a task above its bar, and return how many lanes their texts take."""
        lanes: list[float] = []  # where the last text of each ends
        placed: list[tuple[float, int, str]] = []
        for mark in task.marks:
            x = self.x(mark.time)
            width = len(mark.text) * CHARACTER + 12
            at = x if x + width <= self._right else max(self._right - width, self._left)
            lane = next((number for number, end in enumerate(lanes) if end <= at), len(lanes))
            if lane == MOST_LANES:
                lane = MOST_LANES - 1
            elif lane == len(lanes):
                lanes.append(0.0)
            lanes[lane] = at + width
            placed.append((x, lane, mark.text))
        bottom = y + len(lanes) * LANE + 5
        for x, lane, text in placed:
            top = y + lane * LANE + 3
            at = x + 9 if x + len(text) * CHARACTER + 12 <= self._right else x - 5
            anchor = "start" if at > x else "end"
            self._used["mark"] = None
            self.parts.append(
                f'<path class="mark" d="M{x:.1f} {bottom + BAR:.1f}V{top:g}l7 4l-7 4" fill-opacity="1"/>'
                f'<text class="mark in halo" text-anchor="{anchor}" x="{at:.1f}" y="{top + 8:g}">'
                f"{escape(text)}</text>"
            )
        return len(lanes)

    # --- Folded tasks, and the legend ---------------------------------------------------------------------

    def folded(self, row: FoldedRow, y: float) -> float:
        """Draw how many tasks of one name there are at a time, and return how high the row is."""
        counted = alive(row.tasks)
        peak = peak_of(row.tasks)
        bottom, height = y + COUNTS - 5, COUNTS - 10
        path = [f"M{self.x(counted[0][0]):.1f} {bottom:g}"]
        for moment, count in counted:
            path.append(f"H{self.x(moment):.1f}V{bottom - height * count / max(peak, 1):.1f}")
        self._used["count"] = None
        kinds = [task.ending.kind for task in row.tasks]
        ends = [(kinds.count(kind), kind) for kind in ("finished", "failed", "cancelled", "open")]
        said = ", ".join(f"{count} {kind}" for count, kind in ends if count)
        words = f"at most {peak} at once; {said}" if peak else said
        self.parts.append(f'<path class="count" d="{"".join(path)}Z"><title>{escape(words)}</title></path>')
        x = self.x(counted[0][0])
        at, anchor = (
            (x + 6, "start") if x + 6 + len(words) * CHARACTER <= self._right else (self._right, "end")
        )
        self.parts.append(
            f'<text class="in halo" text-anchor="{anchor}" x="{at:.1f}" y="{y + 20:g}">{escape(words)}</text>'
        )
        return COUNTS

    def legend(self) -> list[tuple[str, str]]:
        """Return sign and meaning of all that occurs, in a fixed order."""
        signs: dict[str, tuple[str, str]] = {
            "run": (f'<rect class="run" y="2" width="14" height="{BAR - 4}"/>', "runs"),
            "step": (f'<path class="step" d="M7 1v{BAR - 2}"/>', "runs, in no time"),
            **{
                category: (
                    f'<rect class="wait {category}" y="2" width="14" height="{BAR - 4}" rx="2"/>',
                    f"waits: {meaning}",
                )
                for category, meaning in MEANINGS.items()
            },
            "count": (f'<rect class="count" y="2" width="14" height="{BAR - 4}"/>', "how many there are"),
            "mark": ('<path class="mark" d="M4 14V2l7 4l-7 4"/>', "mark"),
            "x": ('<path class="x" d="M3 4l8 8m0 -8l-8 8"/>', "cancelled"),
            "bad": ('<path class="bad" d="M3 4l8 8m0 -8l-8 8"/>', "failed"),
            "good": ('<circle class="good" cx="7" cy="8" r="4"/>', "finished"),
            "open": ('<path class="open" d="M3 3l8 5l-8 5z"/>', "goes on"),
        }
        return [sign for name, sign in signs.items() if name in self._used]


def _fits(text: str, room: float) -> bool:
    return len(text) * CHARACTER <= room
