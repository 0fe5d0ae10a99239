"""The programs of the pages about testing: what they print, and what the tools say about them.

A program is a file with one or more ``test_*`` functions, as pytest would find them (and pytest-trio, if they
are async). What they print, or the message with which they fail, is recorded in the ``.out`` file beside it.
Two things are left out of a message: the folder of the program, and how long it took. This module needs no
Sphinx.
"""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import trio
from trio.testing import MockClock

from trio_patterns.testing import ExploreFailure, FailedPoint, SweepFailure, cancel_sweep, explore

_SECONDS = re.compile(r"; \d+\.\d\d s$", re.MULTILINE)


def load(path: Path) -> ModuleType:
    """Run a program's file, and return it as a module that nobody else sees."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    return module


def found_tests(module: ModuleType) -> dict[str, Callable[[], None]]:
    """Return a program's tests, in the order of the file."""
    return {name: value for name, value in vars(module).items() if name.startswith("test_")}


def output(path: Path) -> str:
    """Return what the tests of a program print; each below its name if there are several."""
    found = found_tests(load(path))
    parts = [shown(test, path) for test in found.values()]
    if len(parts) > 1:
        parts = [f"{name}\n{part}" for name, part in zip(found, parts, strict=True)]
    return "\n".join(parts)


def shown(test: Callable[[], None], path: Path) -> str:
    """Return what one test prints, or its failure."""
    with redirect_stdout(io.StringIO()) as printed:
        try:
            if inspect.iscoroutinefunction(test):
                trio.run(test, clock=MockClock(autojump_threshold=0))
            else:
                test()
        except AssertionError as failure:
            print(f"{type(failure).__name__}: {failure}")
    return _SECONDS.sub("", printed.getvalue().replace(f"{path.parent}{_separator(path)}", ""))


def _separator(path: Path) -> str:
    return str(path)[len(str(path.parent)) :][0]


@dataclass(frozen=True)
class Point:
    """A point of a program, and what the sweep found there."""

    number: int
    idle: bool
    task: str
    line: int
    source: str
    problem: str


def sweep_points(path: Path, test: str | None = None) -> list[Point]:
    """Return every point at which the sweep of a test cancels its program, with its problem, if any."""
    async_fn, options = _call(path, "cancel_sweep", test)
    try:
        cancel_sweep(async_fn, **options)
        failures: tuple[FailedPoint, ...] = ()
    except SweepFailure as failure:
        failures = failure.failures
    problems = {failed.replay: failed.problem for failed in failures}
    calls = iter([True])  # right in the first run, in which nothing happens, and never again

    try:
        cancel_sweep(async_fn, check=lambda: next(calls, False), seed=options.get("seed", 0))
    except SweepFailure as failure:
        return [_point(failed, problems.get(failed.replay, "")) for failed in failure.failures]
    raise AssertionError("a check that fails was not noticed")


def _point(failed: FailedPoint, problem: str) -> Point:
    task, place = failed.where[0]
    assert isinstance(failed.replay, int)
    line, source = (place.line, place.source) if place is not None else (0, "")
    return Point(failed.replay, failed.idle, task.rpartition(".")[2], line, source, problem)


def explore_failure(path: Path, test: str | None = None) -> ExploreFailure:
    """Return the failure that the exploration of a test ends with."""
    async_fn, options = _call(path, "explore", test)
    try:
        explore(async_fn, **options)
    except ExploreFailure as failure:
        return failure
    raise ValueError(f"{path.name} holds in every order: there is nothing to draw")


def _call(path: Path, tool: str, test: str | None) -> tuple[Any, dict[str, Any]]:
    """Return the program and the options that a test gives to a tool."""
    module = load(path)
    found = found_tests(module)
    if test is not None and test not in found:
        raise ValueError(f"{path.name} has no {test}")
    seen: list[tuple[Any, dict[str, Any]]] = []
    setattr(module, tool, lambda async_fn, **options: seen.append((async_fn, options)))
    with redirect_stdout(io.StringIO()):
        found[test or next(iter(found))]()
    if not seen:
        raise ValueError(f"{path.name}: the test does not call {tool}")
    return seen[0]
