"""Check all links and anchors of a website or of a folder of HTML files: ``python -m examples.sitecheck``."""

from __future__ import annotations

import argparse
import io
import logging
import math
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import rich.box
import rich.console
import rich.table
import trio

from trio_patterns.traits import Unavailable

from .errors import CannotCheck
from .progress import choose_display
from .report import printable
from .run import Options, Result, check_site

__all__ = ["main"]

#: Exit statuses. What a signal ended has the number that a shell gives for it: 130 for Ctrl-C, 143 for
#: SIGTERM.
FINE, BROKEN_LINKS, USAGE = 0, 1, 2

EPILOG = """\
exit status:
  0  all links are fine
  1  some are broken: they are listed on stdout, as page:line: link: reason
  2  nothing could be checked, or results could not be saved: the reason is on stderr
  130 (Ctrl-C), 143 (SIGTERM)  interrupted; the same command goes on where this one stopped

what is checked:
  Links of a, area, img, script, link, source, iframe and the other elements that load something, srcset and
  meta refresh included; relative to base href if there is one. Anchors are the ids of elements and the names
  of <a>. The site is the host of the start page; rel=nofollow and robots.txt are for search engines and not
  obeyed. Links with another scheme (mailto: and the like) are skipped, and links to other hosts unless
  --external.
"""


def _number(text: str, kind: type[int | float], minimum: float, *, above: bool = False) -> float:
    wanted = f"{'a whole' if kind is int else 'a'} number {'above' if above else 'of at least'} {minimum:g}"
    try:
        value = kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{wanted} is needed, not {text!r}") from None
    if not math.isfinite(value) or value < minimum or (above and value == minimum):
        raise argparse.ArgumentTypeError(f"{wanted} is needed, not {text!r}")
    return value


def _count(text: str) -> int:
    return int(_number(text, int, 1))


def _positive(text: str) -> float:
    return _number(text, float, 0, above=True)


def _seconds(text: str) -> float:
    return _number(text, float, 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.sitecheck",
        description="Crawl a website, or a folder as one, and report links and anchors that lead nowhere.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("site", metavar="FOLDER|URL", help="a folder with an index.html, or an http(s) URL")
    parser.add_argument(
        "--start", default="", metavar="PATH", help="the page to start from, relative to the folder or URL"
    )
    parser.add_argument(
        "--external", action="store_true", help="check links to other hosts too (their pages are not crawled)"
    )
    parser.add_argument(
        "--limit", type=_count, default=10, metavar="N", help="requests at once (default: %(default)s)"
    )
    parser.add_argument(
        "--rate",
        type=_positive,
        metavar="N",
        help="requests per second to one host (default: 20; 1000 if it is this machine)",
    )
    parser.add_argument(
        "--timeout",
        type=_positive,
        default=10.0,
        metavar="SECONDS",
        help="for each attempt to get an answer (default: %(default)g)",
    )
    parser.add_argument(
        "--attempts",
        type=_count,
        default=4,
        metavar="N",
        help="requests for one URL, as long as they end in a timeout, a lost connection, 429 or 5xx "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--grace",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="what requests on their way have to finish after Ctrl-C; a second Ctrl-C doesn't wait "
        "(default: %(default)g)",
    )
    parser.add_argument(
        "--db",
        type=Path,
        default=Path(".sitecheck.sqlite"),
        metavar="FILE",
        help="SQLite file for the results, from which an interrupted run goes on (default: %(default)s)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="start anew, even if the last run was interrupted"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a page's name must not end the program in a C locale
    # The library logs the stages of a shutdown. We say it in our own words.
    logging.getLogger("trio_patterns").addHandler(logging.NullHandler())
    display = choose_display(sys.stderr, quiet=options.quiet)
    try:
        result = trio.run(
            check_site,
            Options(
                site=options.site,
                database=options.db,
                start=options.start,
                limit=options.limit,
                rate=options.rate,
                timeout=options.timeout,
                attempts=options.attempts,
                grace=options.grace,
                external=options.external,
                fresh=options.fresh,
            ),
            display,
        )
    except (Exception, BaseExceptionGroup, KeyboardInterrupt) as exc:
        message, status = _explain(exc, options.db)
        if message is None:
            raise
        return _complain(message, status)
    try:
        print(result.report.to_json() if options.json else _render(result), flush=True)
    except BrokenPipeError:
        # "| head" has seen enough. Python would stumble over the pipe once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _verdict(result)


def _complain(message: str, status: int) -> int:
    print("sitecheck:", printable(message), file=sys.stderr, flush=True)
    return status


def _explain(error: BaseException, database: Path) -> tuple[str | None, int]:
    """Return line and status for the user; no line for a bug of ours, which deserves its traceback."""
    leaves = list(_leaves(error))
    for leaf in leaves:
        if isinstance(leaf, KeyboardInterrupt):
            # Before the crawl or after it; during the crawl a graceful nursery takes the signal.
            return "interrupted; what was checked is saved", 128 + signal.SIGINT
        if isinstance(leaf, Unavailable):
            # What comes with it (workers that could not hand over their finds) is only the echo.
            return f"cannot use {database}: {leaf.reason} (what was saved in it is kept; see --db)", USAGE
        if isinstance(leaf, CannotCheck):
            return str(leaf), USAGE
    return None, USAGE


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions inside the groups that nurseries make."""
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _render(result: Result) -> str:
    report = result.report
    lines = [str(found) for found in report.broken]
    table = rich.table.Table(box=rich.box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    skipped = sum(report.skipped.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.skipped.items()))
    before = f"and {result.checked_before} before the interruption" if result.resumed else ""
    for label, number, note in (
        ("pages", report.pages, ""),
        ("links checked", report.links, ""),
        ("links broken", len(report.broken), ""),
        ("links skipped", skipped, kinds),
        ("links unknown", report.unknown, "to what was not checked") if report.unknown else ("", 0, ""),
        ("URLs checked", result.checked, before),
        ("URLs not checked", result.unchecked, "") if result.unchecked else ("", 0, ""),
        ("requests", result.counts.requests, f"{result.counts.retries} of them retries"),
        ("seconds", f"{result.seconds:.1f}", ""),
    ):
        if label:
            table.add_row(label, str(number), printable(note))
    console = rich.console.Console(file=io.StringIO(), width=100, color_system=None)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines += [line.rstrip() for line in console.file.getvalue().splitlines()]
    return "\n".join(lines).rstrip()


def _verdict(result: Result) -> int:
    if not result.complete:
        by = result.shutdown.signal or signal.SIGINT
        total = result.checked_before + result.checked
        return _complain(
            f"interrupted by {by.name}: {total} URLs are checked and saved, {result.unchecked} known ones "
            "are not; run the same command to go on",
            128 + by,
        )
    return BROKEN_LINKS if result.report.broken else FINE


if __name__ == "__main__":
    sys.exit(main())
