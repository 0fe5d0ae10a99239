"""How the tour looks: frames and colour on a terminal, plain indented text anywhere else."""

from __future__ import annotations

import contextlib
import sys
import textwrap
import traceback
from typing import Protocol

from ._catalogue import Example
from ._runner import ExampleError

__all__ = ["PlainScreen", "Screen", "make_screen"]


class Screen(Protocol):
    """Where the tour shows itself."""

    def heading(self, text: str) -> None:
        """Show the title of a part."""

    def note(self, text: str) -> None:
        """Show one line about the tour itself."""

    def announce(self, place: str, example: Example) -> None:
        """Show which example runs next, and what to notice."""

    def output(self, text: str) -> None:
        """Show what an example printed."""

    def failure(self, failure: ExampleError) -> None:
        """Show why an example failed."""

    def verdict(self, text: str, *, good: bool) -> None:
        """Show the last line."""


class PlainScreen:
    """Text for pipes, logs and terminals without rich."""

    def heading(self, text: str) -> None:
        """Underline it."""
        print(f"\n{text}\n{'=' * len(text)}")

    def note(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)

    def announce(self, place: str, example: Example) -> None:
        """Print place, name, title and notice."""
        mark = " (the naive way)" if example.broken else ""
        print(f"\n{place} {example.slug}{mark}: {example.title}")
        if example.notice:
            print(
                textwrap.fill(f"Notice: {example.notice}", 100, initial_indent="  ", subsequent_indent="  ")
            )
        sys.stdout.flush()

    def output(self, text: str) -> None:
        """Indent it."""
        print(textwrap.indent(text.rstrip("\n"), "    | ", lambda _: True), flush=True)

    def failure(self, failure: ExampleError) -> None:
        """Print the cause's traceback, or the reason if there is no cause."""
        print(textwrap.indent(f"FAILED: {failure}\n{_story(failure)}".rstrip(), "    ! "), flush=True)

    def verdict(self, text: str, *, good: bool) -> None:
        """Print it after an empty line."""
        print(f"\n{text}", flush=True)


class RichScreen:
    """Frames and colour."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)
        self._colour = "dim"

    def heading(self, text: str) -> None:
        """Draw a rule across the screen."""
        self._console.print()
        self._console.rule(f"[bold]{text}", align="left")

    def note(self, text: str) -> None:
        """Print it."""
        self._console.print(text, markup=False)

    def announce(self, place: str, example: Example) -> None:
        """Print place, name, title and notice."""
        from rich.text import Text

        colour = "red" if example.broken else "green"
        line = Text.assemble(
            "\n", (place, "dim"), " ", (example.slug, f"bold {colour}"), f"  {example.title}"
        )
        self._console.print(line)
        if example.notice:
            self._console.print(Text.assemble(("Notice: ", "bold"), example.notice, style="italic"))
        self._colour = colour

    def output(self, text: str) -> None:
        """Frame it, in the colour of its example."""
        from rich.panel import Panel
        from rich.text import Text

        self._console.print(Panel(Text(text.rstrip("\n")), border_style=self._colour))

    def failure(self, failure: ExampleError) -> None:
        """Frame the cause's traceback, or the reason if there is no cause."""
        from rich.panel import Panel
        from rich.text import Text

        story = Text(f"{failure}\n{_story(failure)}".rstrip())
        self._console.print(Panel(story, title="FAILED", border_style="bold red"))

    def verdict(self, text: str, *, good: bool) -> None:
        """Print it after an empty line, green or red."""
        self._console.print(f"\n{text}", style="bold green" if good else "bold red", markup=False)


def _story(failure: ExampleError) -> str:
    return "".join(traceback.format_exception(failure.__cause__)) if failure.__cause__ else ""


def make_screen() -> Screen:
    """Choose the screen for where standard output goes."""
    if sys.stdout.isatty():
        with contextlib.suppress(ImportError):  # rich comes with the extra `examples`; the tour runs without
            return RichScreen()
    return PlainScreen()
