"""Have a program judged in a process of its own, which is ended if it does not end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import trio

from ._shelf import EXERCISES, Exercise

__all__ = ["PATIENCE", "Verdict", "judge"]

#: Real seconds for a check. Virtual time costs none; the longest check takes about one.
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is still wrong with a program; nothing, if it is right."""

    slug: str
    findings: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __str__(self) -> str:
        if self.right:
            return f"{self.slug}: right."
        points = "".join("\n  - " + text.replace("\n", "\n    ") for text in self.findings)
        return f"{self.slug}: still wrong.{points}"


async def judge(exercise: Exercise, path: Path, patience: float = PATIENCE) -> Verdict:
    """Judge the program at ``path``; a cancellation ends the process at once."""
    path = Path.cwd() / path  # the process has another working directory
    project = EXERCISES.parents[2]
    command = [sys.executable, "-m", "examples.learn._judge", exercise.slug, str(path), str(patience)]
    # Sets in the same order in each run, so that the same program gets the same answer.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    with trio.move_on_after(patience + 10) as scope:
        done = await trio.run_process(
            command,
            stdin=subprocess.DEVNULL,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            cwd=project,
            env=environment,
            deliver_cancel=_kill,
        )
        return Verdict(exercise.slug, tuple(_findings(done, path, patience)))
    assert scope.cancelled_caught
    return Verdict(exercise.slug, (f"It was still running after {patience:g} s of real time.",))


async def _kill(process: trio.Process) -> None:  # noqa: ASYNC124 - trio asks for an async function
    process.kill()


def _findings(done: subprocess.CompletedProcess[bytes], path: Path, patience: float) -> list[str]:
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode == 0:
        try:
            return [str(finding) for finding in json.loads(done.stdout)]
        except ValueError:
            pass  # it left with os._exit(0)
    if errors.startswith("Timeout (") or "\nTimeout (" in errors:
        lines = re.findall(rf'File "{re.escape(str(path))}", line (\d+)', errors)
        where = ""
        if lines:
            source = path.read_text(encoding="utf-8").splitlines()[int(lines[0]) - 1].strip()
            where = f" It stood at line {lines[0]} (`{source}`)."
        return [
            f"It was still running after {patience:g} s of real time: "
            f"something blocks, or loops without an `await` that waits.{where}"
        ]
    last = errors.strip().splitlines()[-1:]
    return [f"It ended the whole process (exit status {done.returncode}). {' '.join(last)}".strip()]
