"""A learner's folder: which exercises are begun, and what the commands do with them."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from ._progress import Progress
from ._shelf import FAMILIES, Exercise, close_names
from ._verdict import Verdict

__all__ = ["COMMAND", "FOLDER", "Usage", "Workbook"]

COMMAND = "python -m examples.learn"
#: The learner's folder, unless another one is given.
FOLDER = Path("learn_trio_patterns")


class Usage(Exception):  # noqa: N818 - it is what the command line says and leaves with status 2
    """Something that cannot be done as it was asked for."""


class Workbook:
    """The exercises, the learner's copies of their programs, and the progress."""

    def __init__(self, folder: Path, exercises: Sequence[Exercise]) -> None:
        if folder.exists() and not folder.is_dir():
            raise Usage(f"--dir: {str(folder)!r} is not a folder")
        self.folder = folder
        self.exercises = exercises
        self.progress = Progress.read(folder)

    def command(self, *words: str) -> str:
        """Return a command line for this folder."""
        where = () if self.folder == FOLDER else ("--dir", shlex.quote(str(self.folder)))
        return " ".join([COMMAND, *words[:1], *where, *words[1:]])

    def find(self, name: str) -> Exercise:
        """Return the exercise that is called ``name``; a path to its file will do as well."""
        wanted = name.replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".py")
        for exercise in self.exercises:
            if exercise.slug == wanted:
                return exercise
        close = close_names([exercise.slug for exercise in self.exercises], wanted)
        hint = f"; did you mean {' or '.join(close)}?" if close else f"; {self.command()} lists them"
        raise Usage(f"NAME: no exercise is called {name!r}{hint}")

    def file(self, exercise: Exercise) -> Path:
        """Return where the learner's program of an exercise is."""
        return self.folder / f"{exercise.slug}.py"

    def started(self) -> list[Exercise]:
        """Return the exercises whose program is there."""
        return [exercise for exercise in self.exercises if self.file(exercise).is_file()]

    def begun(self, name: str) -> Exercise:
        """Return the exercise that is called ``name``, which must have been started."""
        exercise = self.find(name)
        if not self.file(exercise).is_file():
            raise Usage(f"NAME: {exercise.slug!r} is not started yet: {self.command('start', exercise.slug)}")
        return exercise

    def next(self) -> Exercise | None:
        """Return the one to do now: the first that is begun and not done, else the first that is new."""
        undone = [exercise for exercise in self.exercises if not self.progress.done(exercise.slug)]
        begun = [exercise for exercise in undone if self.file(exercise).is_file()]
        return next(iter(begun or undone), None)

    def copy(self, exercise: Exercise) -> Path | None:
        """Put the broken program there; what was there is kept, and its new place is returned."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.file(exercise)
        if not file.exists():
            shutil.copyfile(exercise.broken, file)
            return None
        number = 1
        while (kept := self.folder / f"{exercise.slug}.before_reset_{number}.py").exists():
            number += 1
        os.replace(file, kept)
        shutil.copyfile(exercise.broken, file)
        return kept

    def note(self, verdict: Verdict) -> None:
        """Write down what a check has found, if it is something new."""
        entry = self.progress.entry(verdict.slug)
        if entry.done != verdict.right:
            entry.done = verdict.right
            self.progress.write()

    def state(self, exercise: Exercise) -> str:
        """Say in one or two words how far an exercise is."""
        if self.progress.done(exercise.slug):
            return "looked up" if self.progress.entries[exercise.slug].looked_up else "done"
        return "started" if self.file(exercise).is_file() else ""

    def listing(self) -> str:
        """List all exercises, and say what to do now."""
        done = sum(self.progress.done(exercise.slug) for exercise in self.exercises)
        lines = [f"{len(self.exercises)} exercises, {done} done"]
        coming = self.next()
        width = max(len(exercise.slug) for exercise in self.exercises)
        for family, about in FAMILIES.items():
            lines += ["", about]
            for exercise in self.exercises:
                if exercise.family == family:
                    state = self.state(exercise) or ("next" if exercise is coming else "")
                    lines.append(f"  {state:<9}  {exercise.slug:<{width}}  {exercise.title}")
        return "\n".join([*lines, "", self.advice(coming)])

    def advice(self, coming: Exercise | None) -> str:
        """Say what to do now."""
        if coming is None:
            return "All done."
        if self.file(coming).is_file():
            return f"Now: mend {self.file(coming)}, then {self.command('check', coming.slug)}"
        return f"Now: {self.command('start', coming.slug)}"
