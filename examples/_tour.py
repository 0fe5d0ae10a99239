"""The tour: every example in teaching order, then the capstone on a real site."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Sequence

from ._catalogue import FAMILIES, Example
from ._runner import ExampleError, run_example
from ._screen import Screen

__all__ = ["contents", "tour"]


def contents(examples: Sequence[Example]) -> str:
    """List the examples by family, one a line: name and title."""
    lines: list[str] = []
    family = None
    width = max((len(example.slug) for example in examples), default=0)
    for example in examples:
        if example.family != family:
            family = example.family
            lines += ["", FAMILIES.get(family, family)]
        lines.append(f"  {example.slug:<{width}}  {example.title}")
    return "\n".join(lines).lstrip("\n")


def tour(
    examples: Sequence[Example], screen: Screen, capstone: Callable[[Screen], bool] | None = None
) -> int:
    """Run ``examples`` one after the other, then ``capstone``; return the number of failures.

    A failed example shows its traceback, and the tour goes on.
    """
    started = time.perf_counter()
    screen.heading("The patterns")
    screen.note(contents(examples))
    failed: list[str] = []
    family = None
    for number, example in enumerate(examples, 1):
        if example.family != family:
            family = example.family
            screen.heading(FAMILIES.get(family, family))
        screen.announce(f"[{number}/{len(examples)}]", example)
        if not _show(example, screen):
            failed.append(example.slug)
    count = f"{len(examples)} example{'' if len(examples) == 1 else 's'}"
    if capstone is not None:
        screen.heading("The capstone: a link checker built from all six families")
        count += " and the capstone"
        if not capstone(screen):
            failed.append("sitecheck")
    seconds = time.perf_counter() - started
    summary = f"{count} in {seconds:.1f} s, {len(failed)} failed"
    screen.verdict(summary + (f": {', '.join(failed)}" if failed else ""), good=not failed)
    return len(failed)


def _show(example: Example, screen: Screen) -> bool:
    # What goes to stderr, logging's last resort above all, must not land between the frames.
    errors = io.StringIO()
    failure: ExampleError | None = None
    with contextlib.redirect_stderr(errors):
        try:
            printed = run_example(example.path)
        except ExampleError as exc:
            failure, printed = exc, exc.output
    if printed:
        screen.output(printed)
    if errors.getvalue():
        screen.output(f"on stderr:\n{errors.getvalue()}")
    if failure is not None:
        screen.failure(failure)
    return failure is None
