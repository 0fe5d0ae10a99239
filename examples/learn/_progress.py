"""What a learner has done so far: a JSON file in the learner's folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["FILE", "Entry", "Progress"]

FILE = "progress.json"
VERSION = 1


@dataclass(slots=True)
class Entry:
    """One exercise that was started."""

    done: bool = False
    hints: int = 0
    """How many hints were shown."""
    looked_up: bool = False
    """Whether the solution was shown before it was done."""


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        raise ValueError(f"an exercise is an object, not {value!r}")
    entry = Entry(**value)
    if [type(part) for part in (entry.done, entry.hints, entry.looked_up)] != [bool, int, bool]:
        raise ValueError(f"an exercise has done, hints and looked_up, not {value!r}")
    return entry


@dataclass(slots=True)
class Progress:
    """The progress file of one folder, read once and written at each change."""

    folder: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    trouble: str = ""
    """What was wrong with the file, if it could not be read; it was kept aside then."""

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return self.folder / FILE

    @classmethod
    def read(cls, folder: Path) -> Progress:
        """Read the file of ``folder``; without one there is no progress yet."""
        progress = cls(folder)
        try:
            text = progress.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return progress
        except UnicodeDecodeError as exc:
            progress._set_aside(str(exc))
            return progress
        try:
            data = json.loads(text)
            if not isinstance(data, dict) or data.get("version") != VERSION:
                raise ValueError(f"it is not of version {VERSION}")
            progress.entries = {str(slug): _entry(value) for slug, value in data["exercises"].items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
            progress.entries = {}
            progress._set_aside(str(exc) or type(exc).__name__)
        return progress

    def _set_aside(self, reason: str) -> None:
        number = 1
        while (aside := self.folder / f"{FILE}.broken-{number}").exists():
            number += 1
        os.replace(self.file, aside)
        # The programs are still there, and with them the knowledge of what was begun; `check` finds the rest.
        self.trouble = (
            f"{self.file} can't be read ({reason}). It is kept as {aside.name}, and a new one begins: "
            "`check` marks what is done."
        )

    def write(self) -> None:
        """Write the file so that a crash leaves the old one or the new one, never half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = {"version": VERSION, "exercises": {slug: asdict(e) for slug, e in self.entries.items()}}
        # Of this process alone: a `watch` and a `check` may write at once, and the later one wins.
        new = self.folder / f".{FILE}.{os.getpid()}"
        try:
            with new.open("w", encoding="utf-8") as file:
                file.write(json.dumps(data, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.file)
        except BaseException:
            new.unlink(missing_ok=True)
            raise

    def entry(self, slug: str) -> Entry:
        """Return the entry of an exercise, a new one if it has none."""
        return self.entries.setdefault(slug, Entry())

    def done(self, slug: str) -> bool:
        """Tell whether an exercise is done."""
        return slug in self.entries and self.entries[slug].done
