"""How far it is: a bar on a terminal, now and then a line elsewhere. On stderr: stdout is the result."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TextIO

import rich.console
import rich.progress
import trio

from trio_patterns.streams import Stream
from trio_patterns.traits import implements

from .fetcher import Counts
from .frontier import Frontier

__all__ = ["Bar", "Display", "Lines", "Nothing", "choose_display", "show_progress"]


class Display(Protocol):
    """Shows three numbers."""

    period: float
    """Seconds between two updates."""

    def update(self, checked: int, known: int, retries: int) -> None:
        """Show the numbers."""
        ...

    def close(self) -> None:
        """Leave the screen as it was found."""
        ...


@implements(Display)
class Bar:
    """rich's progress bar. Drawn by a task of ours, so rich needs no thread, and stdout is left alone."""

    period = 0.1

    def __init__(self, stream: TextIO) -> None:
        self._progress = rich.progress.Progress(
            rich.progress.SpinnerColumn(),
            rich.progress.TextColumn("{task.fields[state]}"),
            rich.progress.BarColumn(),
            rich.progress.TimeElapsedColumn(),
            console=rich.console.Console(file=stream),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=None, state="")
        self._progress.start()

    def update(self, checked: int, known: int, retries: int) -> None:
        """Draw the bar. It may shrink: a page that was just read can double what there is to do."""
        self._progress.update(
            self._task, completed=checked, total=known, state=_state(checked, known, retries)
        )
        self._progress.refresh()

    def close(self) -> None:
        """Remove the bar."""
        self._progress.stop()


@implements(Display)
class Lines:
    """A line every few seconds: in a log file, a bar is noise."""

    period = 5.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, checked: int, known: int, retries: int) -> None:
        """Write a line."""
        print("sitecheck:", _state(checked, known, retries), file=self._stream, flush=True)

    def close(self) -> None:
        """Do nothing."""


@implements(Display)
class Nothing:
    """For those who want to hear only of results and errors."""

    period = 60.0

    def update(self, checked: int, known: int, retries: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _state(checked: int, known: int, retries: int) -> str:
    return f"{checked} of {known} known URLs checked" + (f", {retries} retries" if retries else "")


def choose_display(stream: TextIO, *, quiet: bool) -> Display:
    """Return what suits ``stream``."""
    if quiet:
        return Nothing()
    return Bar(stream) if stream.isatty() else Lines(stream)


@asynccontextmanager
async def show_progress(
    display: Display, frontier: Frontier, counts: Counts
) -> AsyncGenerator[Callable[[], None]]:
    """Keep ``display`` up to date while the block runs; give a function that updates it at once."""

    def update() -> None:
        display.update(frontier.finished, frontier.known, counts.retries)

    def tick(_number: int) -> None:
        update()

    async with trio.open_nursery() as nursery:
        # The first tick comes at once; what is there to see then was there before.
        ticks = Stream.ticks(display.period).skip(1)
        nursery.start_soon(ticks.for_each, tick)
        try:
            yield update
        finally:
            nursery.cancel_scope.cancel()
            display.close()
