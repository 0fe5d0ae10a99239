"""``python -m trio_patterns.timeline script.py``: run a script, and draw what its tasks did."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from .recorder import Timeline
from .script import INTERRUPTED, run_script
from .words import summary

__all__ = ["main"]

DESCRIPTION = """\
Run a script, or a module with -m, and draw a timeline of its tasks: which one ran, which
one waited, on what, and how each ended. The script needs no change; every `trio.run` in it
is recorded. A crash or Ctrl-C in the script still leaves the picture.
"""
EPILOG = """\
examples:
  python -m trio_patterns.timeline script.py arg1 arg2
  python -m trio_patterns.timeline -o run.html --virtual-time -m my_package.worker

-o by suffix: .svg a static picture; .html to zoom, hover and search; .json for
https://ui.perfetto.dev; .txt for a terminal, which goes to stderr if there is no -o. If the
script calls trio.run more than once, the pictures are numbered: run.html, run-2.html, ...

exit status: that of the script; 1 if it raised or a file can't be written, 130 after
Ctrl-C; 2 wrong usage. What is killed or calls os._exit leaves no picture.
"""

WRITERS: dict[str, Callable[[Timeline, str], str]] = {
    ".svg": lambda timeline, title: timeline.to_svg(title=title),
    ".html": lambda timeline, title: timeline.to_html(title=title),
    ".json": lambda timeline, title: timeline.to_perfetto(title=title),
    ".txt": lambda timeline, _: timeline.to_text(),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trio_patterns.timeline",
        usage="%(prog)s [-h] [-o FILE] [--virtual-time] [--max-events N] (script.py | -m module) [arg ...]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-o",
        dest="outputs",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="where to write the picture, .svg, .html, .json or .txt; may be given several times",
    )
    parser.add_argument(
        "--virtual-time",
        action="store_true",
        help="let sleeps take no time and tasks run in the order of their starts, so that the same script "
        "gives the same picture; not for scripts that wait for threads, sockets or processes",
    )
    parser.add_argument(
        "--max-events",
        type=int,
        default=100_000,
        metavar="N",
        help="how many events to keep of each run, the oldest are forgotten (default: 100000)",
    )
    parser.add_argument("-m", dest="module", action="store_true", help="run a module, as python -m does")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="script.py | -m module, and arguments")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    outputs: list[Path] = options.outputs
    for output in outputs:
        if output.suffix not in WRITERS:
            parser.error(f"-o must end in {', '.join(WRITERS)}, got {str(output)!r}")
        if not output.parent.is_dir():
            parser.error(f"-o: there is no folder {str(output.parent)!r}")
    if options.max_events < 1:
        parser.error(f"--max-events must be >= 1, got {options.max_events}")
    if not options.command:
        parser.error("a script is missing, or -m and a module")
    script, *rest = options.command
    if not options.module and not Path(script).is_file():
        parser.error(f"there is no script {script!r}")
    timelines: list[Timeline] = []
    process, folder = os.getpid(), Path.cwd()  # the script may fork, and change to another folder

    def record() -> Timeline:
        timelines.append(Timeline(max_events=options.max_events))
        return timelines[-1]

    status = run_script(
        script,
        rest,
        module=options.module,
        virtual_time=options.virtual_time,
        record=record,
    )
    if os.getpid() != process:
        return status  # in a child, that leaves the script as well
    try:
        written = _write(timelines, outputs, folder, Path(script).stem if not options.module else script)
    except KeyboardInterrupt:
        _say("timeline: interrupted, not all is written")
        return INTERRUPTED
    return status if written else status or 1


def _write(timelines: Sequence[Timeline], outputs: Sequence[Path], folder: Path, title: str) -> bool:
    """Write everything that can be written, and tell whether that was all."""
    failed = False
    if not timelines:
        _say("timeline: the script has not called trio.run, so there is nothing to draw")
    for number, timeline in enumerate(timelines, 1):
        if not outputs:
            _say(timeline.to_text().rstrip("\n"))
            continue
        _say(f"timeline: {summary(timeline.recording)}")
        for output in outputs:
            path = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
            heading = title if len(timelines) == 1 else f"{title}, run {number} of {len(timelines)}"
            picture = WRITERS[output.suffix](timeline, heading)
            try:
                (folder / path).write_text(picture, encoding="utf-8")
            except OSError as exc:
                failed = True
                _say(f"timeline: cannot write {path}: {exc.strerror}")
            else:
                _say(f"timeline: written to {path}")
    return not failed


def _say(text: str) -> None:
    """Print to stderr, unless the script has taken it away."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
