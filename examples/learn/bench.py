"""The workbench of the checkers: run a learner's program in virtual time, and say in words what is wrong.

A ``check.py`` has one function, ``check(theirs)``, that yields a sentence for each thing that is wrong. It
looks at what the program does, never at how it is written: it hands in a world of its own and watches that.
"""

from __future__ import annotations

import inspect
import os
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import trio

from trio_patterns.testing import ExploreFailure, Place, SweepFailure, cancel_sweep, explore

__all__ = ["Meter", "Ran", "Theirs", "Wrong", "causes", "s"]

#: Far more than any of the programs takes, and still soon over.
STEPS = 8_000


class Wrong(Exception):  # noqa: N818 - it is a sentence for the learner
    """A thing so wrong that there is nothing more to look at."""


@dataclass(slots=True)
class Ran:
    """How a program ended."""

    value: Any = None
    error: Exception | None = None
    seconds: float = 0.0


def s(seconds: float) -> str:
    """Write virtual seconds down."""
    return f"{seconds:.1f} s"


def causes(error: BaseException | None) -> list[BaseException]:
    """Return the single errors of a group, or the error alone; nothing for None."""
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in causes(part)]
    return [] if error is None else [error]


class Meter:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.peak = 0
        self.peak_at = 0.0
        self.entered = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Count the block."""
        self.inside += 1
        self.entered += 1
        if self.inside > self.peak:
            self.peak, self.peak_at = self.inside, trio.current_time()
        try:
            yield
        finally:
            self.inside -= 1


class Theirs:
    """A learner's program: its functions, and ways to run them that always end."""

    def __init__(self, module: ModuleType, path: Path) -> None:
        self._module = module
        self._path = path

    def get(self, name: str) -> Any:
        """Return what the program calls ``name``."""
        try:
            return vars(self._module)[name]
        except KeyError:
            raise Wrong(
                f"There is no `{name}` in {self._path.name}. The checker calls it: keep its name."
            ) from None

    def function(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Return the async function ``name``; its results are only known to be awaitable."""
        found = self.get(name)
        if not inspect.iscoroutinefunction(found):
            raise Wrong(f"`{name}` has to be an `async def`: the checker awaits it.")
        return found  # type: ignore[no-any-return]

    def run(self, program: Callable[[], Awaitable[Any]]) -> Ran:
        """Run a program once in virtual time; an error of its own is part of the result."""
        ran = Ran()

        async def kept() -> None:
            start = trio.current_time()
            try:
                ran.value = await program()
            except Exception as exc:
                ran.error = exc
            ran.seconds = trio.current_time() - start

        try:
            explore(kept, schedules=1, max_steps=STEPS)
        except ExploreFailure as failure:
            raise Wrong(self._sentence(failure.problem)) from failure
        return ran

    def in_every_order(
        self, program: Callable[[], Awaitable[object]], check: Callable[[], object] | None = None
    ) -> None:
        """Run a program in 100 orders of its tasks; raise `Wrong` with the steps of one that breaks it."""
        try:
            explore(program, check=check, schedules=100, max_steps=STEPS)
        except ExploreFailure as failure:
            steps = [
                f"\n  {task}{self.where(place)}"
                for task, place in failure.steps
                if place is not None and self._is_theirs(place)
            ]
            order = "\nIt happens in this order:" + "".join(steps[:8]) if steps else ""
            raise Wrong(f"{self._sentence(failure.problem)}{order}") from failure

    def cancelled_everywhere(
        self,
        program: Callable[[], Awaitable[object]],
        check: Callable[[], object] | None = None,
        *,
        within: float = float("inf"),
        fault: Callable[[], Exception] | None = None,
    ) -> None:
        """Cancel a program at every point, or fail every wait; raise `Wrong` about the first that breaks."""
        try:
            if fault is None:
                cancel_sweep(program, check=check, within=within, max_steps=STEPS)
            else:
                cancel_sweep(program, check=check, within=within, max_steps=STEPS, fault=fault)
        except SweepFailure as failure:
            places = failure.first.raised or failure.first.where
            own = [place for _, place in places if place is not None and self._is_theirs(place)]
            verb = "Cancelled" if fault is None else "Failed"
            where = self.where(own[0]) if own else " before it begins" if not failure.first.where else ""
            if failure.problem.startswith("Cancelled was swallowed"):
                raise Wrong(
                    "It was cancelled, and went on as if nothing had happened: "
                    "somewhere `trio.Cancelled` is caught and not raised again."
                ) from failure
            raise Wrong(f"{verb}{where}: {self._sentence(failure.problem)}") from failure
        except AssertionError as failure:  # the undisturbed run is wrong already
            raise Wrong(self._sentence(str(failure))) from failure

    def where(self, place: Place | None) -> str:
        """Say at which line of the learner's something stands."""
        if place is None:
            return ""
        if self._is_theirs(place):
            return f" at line {place.line} (`{place.source}`)"
        return f" in the checker's `{place.function}`"

    def told(self, error: BaseException) -> str:
        """Say what was raised, and at which of the learner's lines."""
        error = causes(error)[0]
        # Where it was raised says most; who called it is next to nothing.
        frames = [
            frame for frame in traceback.extract_tb(error.__traceback__) if self._is_file(frame.filename)
        ]
        line = f" at line {frames[-1].lineno} (`{frames[-1].line}`)" if frames else ""
        return f"{type(error).__name__}{f': {error}' if str(error) else ''}{line}"

    def _is_theirs(self, place: Place) -> bool:
        return self._is_file(place.file)

    def _is_file(self, name: str) -> bool:
        return Path(name) == self._path

    def _sentence(self, problem: str) -> str:
        # The tools speak to those who wrote the check; a learner has not.
        for before in ("check() raised AssertionError: ", "cancel_sweep: "):
            problem = problem.removeprefix(before)
        problem = problem.replace(f"{self._path.parent}{os.sep}", "")
        problem = re.sub(r"[\w/\\.:-]*[/\\](\w+\.py)", r"\1", problem)
        problem = re.sub(r"\b[\w.]+\.<locals>\.", "", problem)
        return problem[:1].upper() + problem[1:]
