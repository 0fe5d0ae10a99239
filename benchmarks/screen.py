"""How a run looks: a bar and colours on a terminal with rich, plain lines anywhere else."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Protocol

from . import wording
from .model import Row, Tick

__all__ = ["PlainScreen", "Screen", "make_screen"]

_COLOURS = {"goal": "bold green", "reached": "green", "missed": "bold red", "not installed": "yellow"}


class Screen(Protocol):
    """Where a run shows itself."""

    def note(self, text: str) -> None:
        """Show a line."""
        ...

    def progress(self, case: str, steps: int) -> object:
        """Show a case's progress: a context manager that gives a `Tick`."""
        ...

    def rows(self, rows: Sequence[Row]) -> None:
        """Show what came out."""
        ...


class PlainScreen:
    """Text for pipes, logs and terminals without rich."""

    def note(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)

    @contextmanager
    def progress(self, case: str, steps: int) -> Iterator[Tick]:
        """Name the case, to whoever watches, and no more."""
        print(f"{case} ...", file=sys.stderr, flush=True)

        def tick(_: str) -> None:
            return

        yield tick

    def rows(self, rows: Sequence[Row]) -> None:
        """Print a title, and below it what was to be reached and what came out."""
        for row in rows:
            print("\n".join(textwrap.wrap(row.title, 100)))
            spread, note = wording.spread_of(row), row.note
            found = wording.measured(row) + (f" ({spread})" if spread else "")
            if row.must is not None:
                found += f"; must {wording.bound(row.must, row.unit)}, goal {wording.goal(row)}"
                found += f": {wording.verdict(row)}"
            print(f"    {found}{f'  [{note}]' if note else ''}", flush=True)


class RichScreen:
    """A bar for the case that runs, and a table for each that is done."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)

    def note(self, text: str) -> None:
        """Print it."""
        self._console.print(text, markup=False)

    @contextmanager
    def progress(self, case: str, steps: int) -> Iterator[Tick]:
        """Show a bar that goes away when the case is done."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn(f"[bold]{case}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        # No thread of rich's may run beside what is timed: the bar is drawn between two runs.
        with Progress(*columns, console=self._console, transient=True, auto_refresh=False) as bar:
            task = bar.add_task("", total=steps)

            def tick(text: str) -> None:
                bar.update(task, advance=1, description=text, refresh=True)

            yield tick

    def rows(self, rows: Sequence[Row]) -> None:
        """Draw a table."""
        from rich.table import Table
        from rich.text import Text

        table = Table(expand=True)
        table.add_column("case", ratio=1)
        for head in ("measured", "must, goal"):
            table.add_column(head, max_width=20)
        table.add_column("verdict", no_wrap=True)
        for row in rows:
            title = Text(row.title)
            if row.note:
                title.append(f"\n{row.note}", style="dim")
            table.add_row(
                title,
                Text.assemble((wording.measured(row), "bold"), "\n", (wording.spread_of(row), "dim")),
                "\n".join(filter(None, (wording.bound(row.must, row.unit), wording.goal(row)))),
                Text(wording.verdict(row), style=_COLOURS.get(row.verdict, "dim")),
            )
        self._console.print(table)


def make_screen() -> PlainScreen | RichScreen:
    """Choose by where the output goes, and by what is installed."""
    return RichScreen() if sys.stdout.isatty() and find_spec("rich") is not None else PlainScreen()
