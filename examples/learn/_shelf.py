"""Which exercises there are: found by folder, read without importing any."""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .._catalogue import FAMILIES as PATTERNS

__all__ = ["EXERCISES", "FAMILIES", "Exercise", "close_names", "find_exercises", "in_code"]

#: The folder that holds a folder for each family.
EXERCISES = Path(__file__).resolve().parent / "exercises"

#: Families in teaching order, with what each is about.
FAMILIES = {**PATTERNS, "testing": "Testing: find out what is wrong before your users do"}

#: The plainer thing first; what is not named here comes last in its family, by name.
PLAINER_FIRST = (
    *("lost_error", "first_answer", "shared_answer"),
    *("cut_goodbye", "late_stop", "first_close_only"),
    *("thousand_tasks", "endless_buffer", "busy_permit"),
    *("late_batch", "lost_batch", "cut_stream", "left_running"),
    *("sync_in_disguise", "lost_deposit"),
    *("retry_all", "past_deadline", "in_step"),
    *("find_lost_item", "find_deadlock", "find_late_batch"),
)


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise, as its files describe it."""

    folder: Path
    title: str
    story: str
    """Paragraphs, in Markdown, that end with what is to be mended."""
    question: str
    """What to think about before the program is run."""
    mend: str
    """The function or class that is to be mended."""
    hints: tuple[str, ...]
    learnt: str
    """What is to be learnt, for those who have solved it."""

    @property
    def slug(self) -> str:
        """The exercise's name on the command line."""
        return self.folder.name

    @property
    def family(self) -> str:
        """The family it belongs to."""
        return self.folder.parent.name

    @property
    def broken(self) -> Path:
        """The program that the learner gets."""
        return self.folder / "broken.py"

    @property
    def solutions(self) -> list[Path]:
        """Mended programs; the first is the one to show first."""
        return sorted(self.folder.glob("solution*.py"), key=lambda path: (path.stem != "solution", path.stem))


def in_code(path: Path) -> tuple[int, int]:
    """Return the lines between a program's docstring and its ``main``: first and last, from 1."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    first = tree.body[0].end_lineno or 0
    lines = text.splitlines()
    last = next((node.lineno - 1 for node in tree.body if getattr(node, "name", "") == "main"), len(lines))
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return first + 1, last


def _read(folder: Path) -> Exercise:
    docstring = ast.get_docstring(ast.parse((folder / "broken.py").read_text(encoding="utf-8"))) or ""
    title, _, rest = docstring.partition("\n")
    story, _, question = rest.partition("Before you run it:")
    about = tomllib.loads((folder / "exercise.toml").read_text(encoding="utf-8"))
    return Exercise(
        folder=folder,
        title=title.strip().removesuffix("."),
        story="\n\n".join(_sentences(paragraph) for paragraph in story.strip().split("\n\n")),
        question=" ".join(question.split()),
        mend=about["mend"],
        hints=tuple(" ".join(hint.split()) for hint in about["hints"]),
        learnt=" ".join(about["learnt"].split()),
    )


def _sentences(paragraph: str) -> str:
    """Put each sentence that was wrapped back on a line of its own."""
    return re.sub(r"(?<![.:?])\n", " ", paragraph)


def _place(exercise: Exercise) -> tuple[int, int, str]:
    rank = PLAINER_FIRST.index(exercise.slug) if exercise.slug in PLAINER_FIRST else len(PLAINER_FIRST)
    return list(FAMILIES).index(exercise.family), rank, exercise.slug


def find_exercises(root: Path = EXERCISES) -> list[Exercise]:
    """Find every exercise, families in teaching order, the plainer ones first."""
    return sorted((_read(path.parent) for path in root.glob("*/*/broken.py")), key=_place)


def close_names(known: list[str], name: str) -> list[str]:
    """Return what somebody who typed ``name`` may have meant, best first."""
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    return close + [slug for slug in known if name and name in slug and slug not in close][: 2 - len(close)]
