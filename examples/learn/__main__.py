"""``python -m examples.learn``: broken programs to mend, and a checker."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import trio

from . import _commands
from ._shelf import close_names, find_exercises
from ._verdict import PATIENCE
from ._workbook import COMMAND, FOLDER, Usage, Workbook

__all__ = ["main"]

DESCRIPTION = """\
Learn by doing: each exercise is a short program that runs and is wrong. You mend it; the
checker runs it under a virtual clock and says in words what is still wrong. Without a
command: the list of exercises, how far you are, and what to do now.
"""
EPILOG = """\
exit status: 0 all is right; 1 something is still wrong; 2 wrong usage; 130 interrupted.
"""
COMMANDS = {
    "start": "copy a broken program into your folder (without NAME: the next one)",
    "check": "say what is still wrong with your program (without NAME: all that are started)",
    "hint": "show a hint, one more each time",
    "solution": "show the solution; the exercise counts as looked up, unless it is done",
    "reset": "begin an exercise anew; your program is kept under another name",
    "watch": "check your programs whenever you save one, until Ctrl-C",
}


class _Parser(argparse.ArgumentParser):
    """argparse, with a better answer to an unknown command than a list of all of them."""

    def error(self, message: str) -> NoReturn:
        found = re.match(r"argument COMMAND: invalid choice: '(.*?)' \(", message)
        if found:
            message = f"COMMAND: {_no_command(found[1])}"
        self.exit(2, f"{self.prog}: error: {message}\n")


def _no_command(text: str) -> str:
    slugs = [exercise.slug for exercise in find_exercises()]
    if text in slugs:
        return f"{text!r} is an exercise: {COMMAND} start {text}"
    close = close_names(list(COMMANDS), text) or [f"start {slug}" for slug in close_names(slugs, text)]
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(COMMANDS)}"
    return f"there is no command {text!r}; {hint}"


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0 is needed, not {text!r}")
    return value


def _parser() -> _Parser:
    parser = _Parser(
        prog=COMMAND,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    folder = _Parser(add_help=False, allow_abbrev=False)
    folder.add_argument(
        "--dir",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="FOLDER",
        help=f"your folder, with your programs and your progress (default: ./{FOLDER})",
    )
    parser.add_argument("--dir", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", parser_class=_Parser
    )
    for name, about in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            parents=[folder],
            allow_abbrev=False,
        )
        optional = name in ("start", "check", "watch")
        command.add_argument("name", nargs="?" if optional else None, metavar="NAME", help="an exercise")
        if name in ("check", "watch"):
            command.add_argument(
                "--patience",
                type=_seconds,
                default=PATIENCE,
                metavar="SECONDS",
                help="real time that a check may take (default: %(default)g)",
            )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        book = Workbook(options.dir, find_exercises())
        if book.progress.trouble:
            print(f"{COMMAND}: {book.progress.trouble}", file=sys.stderr)
        return _run(book, options)
    except Usage as usage:
        print(f"{COMMAND}: error: {usage}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
    except OSError as exc:
        print(f"{COMMAND}: error: --dir: {str(options.dir)!r} can't be used: {exc}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return _interrupted()
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        return _interrupted()


def _run(book: Workbook, options: argparse.Namespace) -> int:
    if options.command is None:
        return _commands.show_list(book)
    if options.command in ("check", "watch"):
        command = getattr(_commands, options.command)
        return trio.run(partial(command, book, options.name, options.patience))  # type: ignore[no-any-return]
    return getattr(_commands, options.command)(book, options.name)  # type: ignore[no-any-return]


def _interrupted() -> int:
    print(f"\n{COMMAND}: interrupted", file=sys.stderr)
    return 130


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
