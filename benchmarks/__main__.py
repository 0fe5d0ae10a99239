"""``python -m benchmarks``: measure the library, the best hand-written trio and the peers."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from . import machine, peers
from .cases import ALL
from .model import Case, Checked, Effort
from .report import Report, write_report
from .screen import PlainScreen, RichScreen, make_screen
from .verify import WrongResult

__all__ = ["main"]

RESULTS = Path(__file__).parent / "results"

DESCRIPTION = """\
Measure trio_patterns, the best hand-written trio and the peers (aiometer, anyio,
aioresult, asyncio, aiostream, tenacity, stamina, backoff) on the same work.

Every contender is checked for the right result before it is timed. All contenders of a
case run interleaved in one process, in rotating order, after a warm-up and with the
garbage collected in between. Times are CPU time of the process, so that a busy machine
disturbs little (where work waits for a thread, and for imports: wall time). A ratio is
the median of the ratios of single rounds. A peer that is not installed is listed as
such; pip install -e '.[bench]' installs all.
"""
EPILOG = """\
cases: see --list. Without --only, all of them: in 5 to 10 minutes, with --quick in
1 to 2. Numbers of a quick run are rough.

files in the folder of --out:
  results.json       everything: each time of each round, machine, date, versions
  table.md           the tables of the documentation
  ratios-*.svg       the ratios on a logarithmic axis, for light and dark pages
  flatness-*.svg     cost per item against the number of items and the limit
With --only nothing is written unless --out is given: it would not be a whole report.

exit status: 0 every floor ("must") was reached; 1 one was missed (each is listed) or a
contender gave a wrong result (it is named); 2 wrong usage; 130 interrupted.
"""


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be an int >= 1, got {text!r}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the cases with their contenders and stop")
    what.add_argument(
        "--check",
        action="store_true",
        help="run every contender once with few items and check its result; time nothing",
    )
    what.add_argument("--quick", action="store_true", help="fewer items and rounds")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="measure these cases alone")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write (default: benchmarks/results)"
    )
    parser.add_argument(
        "--rounds", type=_positive, metavar="N", help="rounds of every case (default: each case has its own)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    cases = _chosen(parser, options.only)
    screen = make_screen()
    try:
        if options.list:
            _list(cases)
            return 0
        if options.check:
            return _check(cases)
        out = options.out or (None if options.only else RESULTS)
        return _measure(cases, Effort(options.quick, options.rounds), screen, out)
    except WrongResult as wrong:
        print(f"{parser.prog}: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        return 130


def _chosen(parser: argparse.ArgumentParser, slugs: Sequence[str] | None) -> list[Case]:
    known = {case.slug: case for case in ALL}
    for slug in slugs or ():
        if slug not in known:
            close = get_close_matches(slug, known, n=3)
            hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(known)}"
            parser.error(f"argument --only: no case is called {slug!r}; {hint}")
    return [case for slug, case in known.items() if slugs is None or slug in slugs]


def _list(cases: Sequence[Case]) -> None:
    for case in cases:
        print(f"{case.slug:<16}{case.title}")


def _check(cases: Sequence[Case]) -> int:
    checked: list[Checked] = []
    for case in cases:
        found = case.check()
        checked += found
        missing = [one.contender for one in found if one.outcome == "not installed"]
        text = f"{case.slug:<16}{len(found) - len(missing)} contenders right"
        print(text + "".join(f", {name}: not installed" for name in missing), flush=True)
    missing = [one.contender for one in checked if one.outcome == "not installed"]
    print(f"{len(checked) - len(missing)} contenders gave the right result, {len(missing)} not installed")
    return 0


def _measure(
    cases: Sequence[Case], effort: Effort, screen: PlainScreen | RichScreen, out: Path | None
) -> int:
    about, versions = machine.describe(), peers.versions()
    screen.note(f"{about['cpu']}, {about['cores']} cores, {about['system']}, {about['date']}")
    screen.note(", ".join(f"{name} {version}" for name, version in versions.items()))
    results = []
    for case in cases:
        with screen.progress(case.slug, case.steps(effort)) as tick:
            result = case.measure(effort, tick)
        screen.rows(result.rows)
        results.append(result)
    report = Report(effort.quick, about, versions, results)
    if out is not None:
        for path in [*write_report(report, out), *_plots(report, out, screen)]:
            screen.note(f"wrote {path}")
    for row in report.missed:
        screen.note(f"missed: {row.case}: {row.title}")
    judged = [row for row in report.rows if row.must is not None]
    reached = [row for row in judged if row.verdict in ("goal", "reached")]
    absent = [row for row in judged if row.verdict == "not installed"]
    goals = sum(row.verdict == "goal" for row in judged)
    tail = f", {len(absent)} not measured (peers not installed)" if absent else ""
    screen.note(
        f"{len(reached)} of {len(judged)} floors reached, {goals} goals, {len(report.missed)} missed{tail}"
    )
    return 1 if report.missed else 0


def _plots(report: Report, out: Path, screen: PlainScreen | RichScreen) -> list[Path]:
    if find_spec("matplotlib") is None:
        screen.note("no plots: matplotlib is not installed")
        return []
    from .plots import draw_plots

    return draw_plots(report, out)


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console that lacks a letter shows "?", no traceback
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
