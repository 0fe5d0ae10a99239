"""``python -m examples``: the tour; ``python -m examples <name>``: one example."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from ._capstone import run_capstone
from ._catalogue import Example, close_names, find_examples, select
from ._runner import ExampleError, execute
from ._screen import make_screen
from ._tour import contents, tour

__all__ = ["main"]

DESCRIPTION = """\
See every pattern at work. Without a name: the tour. It lists the patterns, runs each
example with a line on what to notice, and ends with a link checker, built from all of
them, on a real site. It takes under a minute, because the examples run under a virtual
clock, which skips the waiting.
"""
EPILOG = """\
names: a slug (as in --list), a family (all of its examples), or sitecheck (the
link checker as at the end of the tour; its own help: python -m examples.sitecheck --help).
exit status: 0 all went well; 1 an example failed; 2 wrong usage; 130 interrupted.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help="what to run; all of it without a name")
    parser.add_argument("--list", action="store_true", help="list the examples and stop")
    parser.add_argument(
        "--real-time", action="store_true", help="wait for real: run the named examples on the real clock"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    examples = find_examples()
    if options.list:
        print(contents(examples))
        return 0
    chosen: list[Example] = []
    for name in options.names:
        found = select(examples, name)
        if not found and name != "sitecheck":
            close = close_names(examples, name)
            hint = f"; did you mean {', '.join(close)}?" if close else "; see python -m examples --list"
            print(f"{parser.prog}: error: no example is called {name!r}{hint}", file=sys.stderr)
            return 2
        chosen += [example for example in found if example not in chosen]
    try:
        if not options.names:
            if options.real_time:
                parser.error("--real-time needs a name: the whole tour would take minutes")
            return 1 if tour(examples, make_screen(), run_capstone) else 0
        failures = sum([not _run_by_hand(example, real_time=options.real_time) for example in chosen])
        if "sitecheck" in options.names:
            failures += not run_capstone(make_screen())
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        return 130
    return 1 if failures else 0


def _run_by_hand(example: Example, *, real_time: bool) -> bool:
    """Run one example; only its own words go to stdout, so that they can be compared with its ``.out``."""
    print(f"{example.slug}: {example.title}\nNotice: {example.notice}\n", file=sys.stderr, flush=True)
    try:
        execute(example.path, real_time=real_time, patience=60.0)
    except ExampleError as failure:
        if failure.__cause__ is not None:
            traceback.print_exception(failure.__cause__)
        print(f"{example.slug} failed: {failure}", file=sys.stderr)
        return False
    finally:
        sys.stdout.flush()
    return True


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(
            errors="replace"
        )  # a console that lacks a letter shows "?" instead of a traceback
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
