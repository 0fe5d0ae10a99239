"""``python -m benchmarks``: how it measures, what it refuses, what it reports. No test asserts a time."""

from __future__ import annotations

import gc
import importlib.util
import json
import math
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import benchmarks.__main__ as command_line
from benchmarks import peers, wording
from benchmarks.cases import ALL
from benchmarks.cases.flatness import FlatnessCase
from benchmarks.cases.imports import ImportCase
from benchmarks.cases.memory import MemoryCase
from benchmarks.cases.pipelines import PIPELINES, pipelines
from benchmarks.cases.stopping import StoppingCase
from benchmarks.children import run_child
from benchmarks.measure import interleave, ratios, spread
from benchmarks.model import Case, CaseResult, Contender, Effort, Row, at_most, faster
from benchmarks.report import Report
from benchmarks.screen import PlainScreen, RichScreen
from benchmarks.timed import Sizes, TimedCase
from benchmarks.verify import WrongResult, check_result
from trio_patterns.streams import Stream

MACHINE = {"cpu": "a processor", "cores": "2", "system": "a system", "date": "2026-01-01"}
ABSENT = "no_such_package_at_all"


@dataclass
class FakeClock:
    """A clock that only scripted work moves on."""

    now: float = 0.0
    runs: list[str] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def work(self, name: str, *seconds: float) -> Callable[[], Callable[[int], Awaitable[list[int]]]]:
        """Make work that takes ``seconds``, one after the other, over and over; the warm-up takes 1000."""
        script = self._script(seconds)

        async def run(n: int) -> list[int]:
            self.runs.append(name)
            self.now += next(script)
            return list(range(n))

        return lambda: run

    def _script(self, seconds: tuple[float, ...]) -> Iterator[float]:
        yield 1000.0
        while True:
            yield from seconds


def timed_case(clock: FakeClock, *contenders: Contender, **options: Any) -> TimedCase:
    """Make a case with the two targets that compare "ours" with "theirs"."""
    defaults: dict[str, Any] = {
        "targets": (
            at_most("cost", "ours", "theirs", 0.6, 0.2),
            faster("speed", "ours", "theirs", 2, 4),
        ),
        "sizes": Sizes(full=10, quick=4, tiny=2, rounds=5, quick_rounds=3),
        "expected": lambda n: list(range(n)),
    }
    return TimedCase("a-case", "A case", contenders, clock=clock, **(defaults | options))


@pytest.fixture(scope="module", autouse=True)
def _quick_garbage_collection() -> Iterator[None]:
    """Measuring collects the garbage before each run, and a test process has much to look through."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The default folder, moved out of the project."""
    folder = tmp_path / "deep" / "results"
    monkeypatch.setattr(command_line, "RESULTS", folder)
    return folder


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def fair(clock: FakeClock) -> TimedCase:
    """Ours takes half as long as theirs, while the machine gets slower from round to round."""
    return timed_case(
        clock,
        Contender("ours", clock.work("ours", 1, 2, 4)),
        Contender("theirs", clock.work("theirs", 2, 4, 8)),
    )


def measure(case: Case, effort: Effort | None = None) -> tuple[CaseResult, int]:
    """Measure a case; return what came out, and the number of ticks."""
    ticks: list[str] = []
    result = case.measure(effort or Effort(quick=True), ticks.append)
    return result, len(ticks)


def only(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> None:
    """Let the command line know these cases and no other."""
    monkeypatch.setattr(command_line, "ALL", cases)


# Measuring


def test_everyone_runs_once_a_round_and_begins_one_in_turn() -> None:
    """The order rotates, and the garbage is collected before every run."""
    events: list[str] = []

    def run(name: str) -> float:
        events.append(name)
        return float(len(events))

    times = interleave(["a", "b", "c"], 4, run, settle=lambda: events.append("-"))
    assert "".join(events) == "-a-b-c" + "-b-c-a" + "-c-a-b" + "-a-b-c"
    assert times == {"a": [2, 12, 16, 20], "b": [4, 8, 18, 22], "c": [6, 10, 14, 24]}


def test_spread_is_median_quartiles_and_extremes() -> None:
    """Of a single value, all five are that value."""
    found = spread([5.0, 1.0, 2.0, 4.0, 3.0])
    assert (found.median, found.low, found.high, found.least, found.most) == (3.0, 2.0, 4.0, 1.0, 5.0)
    assert spread([7.0]) == spread([7.0, 7.0])


def test_ratios_are_taken_round_by_round() -> None:
    """So a round that is slow for both does not show."""
    assert ratios([1.0, 20.0], [2.0, 40.0]) == [0.5, 0.5]
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


def test_a_timed_case_gives_medians_of_ratios(fair: TimedCase) -> None:
    """The warm-up does not count, and a machine that slows down changes nothing."""
    result, _ = measure(fair)
    cost, speed = result.rows
    assert (cost.value, cost.low, cost.high, cost.verdict) == (0.5, 0.5, 0.5, "reached")
    assert (speed.value, speed.low, speed.high, speed.verdict) == (2.0, 2.0, 2.0, "reached")
    assert result.data["clock"] == "cpu"
    ours = result.data["contenders"][0]
    assert ours["seconds"] == [1, 2, 4]
    assert ours["microseconds_each"] == 2 / 4 * 1e6


def test_quartiles_of_the_ratios_are_the_spread(clock: FakeClock) -> None:
    """The ratio of single rounds, not of the medians."""
    case = timed_case(
        clock,
        Contender("ours", clock.work("ours", 1, 9, 2, 3, 4)),
        Contender("theirs", clock.work("theirs", 1, 1, 1, 1, 1)),
    )
    row = measure(case, Effort())[0].rows[0]
    assert (row.value, row.low, row.high, row.verdict) == (3.0, 2.0, 4.0, "missed")


def test_who_is_done_soon_works_several_times_over(clock: FakeClock) -> None:
    """So that no time is so short that a disturbance is most of it; the seconds are those of one time."""

    async def quick(n: int) -> list[int]:
        clock.runs.append("ours")
        clock.now += 0.004
        return list(range(n))

    case = timed_case(
        clock, Contender("ours", lambda: quick), Contender("theirs", clock.work("theirs", 0.008))
    )
    result, _ = measure(case, Effort(quick=True, rounds=2))
    assert clock.runs == ["ours", "theirs", *["ours"] * 5, "theirs", "theirs", *["ours"] * 5]
    assert [one["repeats"] for one in result.data["contenders"]] == [5, 1]
    assert result.data["contenders"][0]["seconds"] == pytest.approx([0.004, 0.004])
    assert result.rows[0].value == pytest.approx(0.5)


def test_rounds_and_size_depend_on_the_effort(fair: TimedCase, clock: FakeClock) -> None:
    """Quick, full, or as many rounds as asked for; each with one warm-up."""
    for effort, runs, items in (
        (Effort(quick=True), 4, 4),
        (Effort(), 6, 10),
        (Effort(quick=True, rounds=1), 2, 4),
    ):
        clock.runs.clear()
        result, ticks = measure(fair, effort)
        assert clock.runs.count("ours") == clock.runs.count("theirs") == runs
        assert ticks == fair.steps(effort) == 2 * runs
        assert result.data["items"] == items


def test_a_goal_may_be_what_another_contender_reaches(clock: FakeClock) -> None:
    """As for a source that allows only so much."""
    target = faster("speed", "ours", "theirs", 2, goal_like="bare", goal_text="all there is")
    case = timed_case(
        clock,
        Contender("ours", clock.work("ours", 2)),
        Contender("theirs", clock.work("theirs", 6)),
        Contender("bare", clock.work("bare", 1)),
        targets=(target,),
    )
    (row,) = measure(case)[0].rows
    assert (row.value, row.goal, row.goal_text, row.verdict) == (3.0, 6.0, "all there is: 6.00x", "reached")


def test_asyncio_work_runs_on_asyncio(clock: FakeClock) -> None:
    """And trio's on trio, in the same case."""
    loops: list[str] = []

    def on(name: str) -> Callable[[], Callable[[int], Awaitable[list[int]]]]:
        async def run(n: int) -> list[int]:
            import asyncio

            import trio

            loops.append(name)
            assert trio.lowlevel.in_trio_run() is (name == "trio")
            if name == "asyncio":
                assert asyncio.get_running_loop().is_running()
            return list(range(n))

        return lambda: run

    case = timed_case(
        clock, Contender("ours", on("trio")), Contender("theirs", on("asyncio"), "asyncio"), targets=()
    )
    case.check()
    assert loops == ["trio", "asyncio"]


# Refusing


@pytest.mark.parametrize(
    ("got", "expected", "what"),
    [
        ([1, 2], [1, 2, 3], "expected 3 items, got 2 items"),
        ([1, 5, 3], [1, 2, 3], "item 1 should be 2, is 5"),
        ({"a": 1}, [1], "expected [1], got {'a': 1}"),
        (list(range(99)), "x", "expected 'x', got [0, 1, 2"),
    ],
)
def test_a_wrong_result_says_where_it_differs(got: object, expected: object, what: str) -> None:
    """A list of thousands of items is not printed."""
    with pytest.raises(WrongResult, match=re.escape(what)) as caught:
        check_result("a-case", "theirs", got, expected)
    assert (caught.value.case, caught.value.contender) == ("a-case", "theirs")
    assert len(str(caught.value)) < 250


@pytest.fixture
def unfair(clock: FakeClock) -> TimedCase:
    """Theirs loses an item."""

    async def lose(n: int) -> list[int]:
        return list(range(n - 1))

    return timed_case(clock, Contender("ours", clock.work("ours", 1)), Contender("theirs", lambda: lose))


def test_who_does_not_do_the_work_is_not_timed(unfair: TimedCase, clock: FakeClock) -> None:
    """Not even those that do, for there is nothing to compare them with."""
    for run in (unfair.check, lambda: measure(unfair)):
        clock.runs.clear()
        with pytest.raises(WrongResult, match="case 'a-case': 'theirs' gave a wrong result: expected"):
            run()
        assert clock.runs == ["ours"]


@pytest.mark.parametrize("mode", ["--check", "--quick"])
def test_a_wrong_result_ends_the_run_and_is_named(
    mode: str,
    unfair: TimedCase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Nothing is written."""
    only(monkeypatch, unfair)
    assert command_line.main([mode, "--out", str(tmp_path / "out")]) == 1
    assert "case 'a-case': 'theirs' gave a wrong result" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_child_that_lost_items_is_named() -> None:
    """What a child process measured counts only if it did the work."""

    def child(*arguments: str) -> dict[str, object]:
        return {"small": 1, "large": 1, "right": arguments[2] != "take", "from": "nowhere"}

    with pytest.raises(WrongResult, match="'take' gave a wrong result: a wrong count for 10000 or 100000"):
        measure(MemoryCase(child=child))


def test_a_child_that_imported_nothing_is_named() -> None:
    """The same for the import times."""
    with pytest.raises(WrongResult, match="'trio_patterns' gave a wrong result: it is not loaded"):
        measure(ImportCase(child=lambda *_: {"seconds": 0.1, "loaded": False}))


def test_a_child_that_crashes_is_not_a_measurement() -> None:
    """Its own words are in the error."""
    with pytest.raises(RuntimeError, match="ValueError: the reason"):
        run_child("-c", "raise ValueError('the reason')")


# Peers that are not here


def test_a_missing_peer_is_reported_and_its_work_never_made(clock: FakeClock) -> None:
    """There is no number, and no verdict but that."""

    def never() -> Any:
        raise AssertionError("its package is not here")

    case = timed_case(
        clock, Contender("ours", clock.work("ours", 1)), Contender("theirs", never, needs=ABSENT)
    )
    assert [(one.contender, one.outcome) for one in case.check()] == [
        ("ours", "right"),
        ("theirs", "not installed"),
    ]
    result, ticks = measure(case)
    assert ticks == case.steps(Effort(quick=True)) == 4
    for row in result.rows:
        assert (row.value, row.verdict, row.note) == (None, "not installed", f"{ABSENT} not installed")
    text = Report(True, MACHINE, peers.versions(), [result]).as_markdown()
    assert "| cost | ≤ 0.6x | ≤ 0.2x | not installed |  | not installed |" in text
    assert "| a-case | theirs | trio | not installed | item |" in text


def test_versions_name_every_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the ones that are not here."""
    monkeypatch.setattr(peers, "PEERS", (*peers.PEERS, ABSENT))
    found = peers.versions()
    assert list(found) == ["Python", "trio", "trio-patterns", *peers.PEERS]
    assert found[ABSENT] == "not installed"
    assert re.match(r"\d+\.\d+", found["trio"])


def test_a_peer_that_is_too_old_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured came with a later version."""
    monkeypatch.setattr(peers, "find_spec", lambda name: object())
    for version, here in (("4.9.0", False), ("4.16.0", True), ("5.0rc1", True)):
        monkeypatch.setattr(peers.metadata, "version", lambda name, version=version: version)
        assert peers.is_installed("anyio") is here


def test_nothing_optional_is_imported_before_it_is_needed(root: Path) -> None:
    """`--help` and `--list` work without any peer, without matplotlib and without rich."""
    code = (
        "import sys, benchmarks.__main__ as b; b.main(['--list']); "
        f"print([n for n in {[*peers.PEERS, 'matplotlib', 'rich']!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# The cases


def test_every_contender_that_is_here_gives_the_right_result_and_the_others_are_named() -> None:
    """None is skipped: each is either right or its package is not installed."""
    for case in ALL:
        found = {one.contender: one.outcome for one in case.check()}
        assert found
        if not isinstance(case, TimedCase):
            assert set(found.values()) == {"right"}
            continue
        assert list(found) == [contender.name for contender in case.contenders]
        for contender in case.contenders:
            here = contender.needs is None or importlib.util.find_spec(contender.needs) is not None
            too_old = here and contender.needs is not None and not peers.is_installed(contender.needs)
            assert found[contender.name] == ("right" if here and not too_old else "not installed")


def test_every_peer_is_a_contender_somewhere() -> None:
    """And every contender's package is in the list of peers, whose versions are reported."""
    needed = {contender.needs for case in ALL if isinstance(case, TimedCase) for contender in case.contenders}
    assert needed - {None} == set(peers.PEERS)


def test_contenders_and_slugs_have_names_of_their_own() -> None:
    """A target names two contenders of its case."""
    assert len({case.slug for case in ALL}) == len(ALL)
    for case in ALL:
        if isinstance(case, TimedCase):
            names = [contender.name for contender in case.contenders]
            assert len(set(names)) == len(names)
            for target in case.targets:
                assert {target.subject, target.reference, target.goal_like or names[0]} <= set(names)


def small(case: Case) -> Case:
    """The same case, with so little to do that it takes no time; its numbers mean nothing."""
    match case:
        case TimedCase():
            return replace(case, sizes=replace(case.sizes, quick=case.sizes.tiny, quick_rounds=2))
        case FlatnessCase():
            return replace(case, quick_sizes=(20, 40, 80), quick_some=100)
        case MemoryCase():
            return replace(case, child=lambda *_: {"small": 0, "large": 9, "right": True, "from": "nowhere"})
        case ImportCase():
            return replace(case, child=lambda *_: {"seconds": 0.001, "loaded": True})
        case _:
            return case


@pytest.fixture(scope="module")
def report() -> Report:
    """A report of all cases, measured with next to nothing to do."""
    results = []
    effort = Effort(quick=True, rounds=2)
    for case in map(small, ALL):
        result, ticks = measure(case, effort)
        assert ticks == case.steps(effort), case.slug
        results.append(result)
    return Report(True, MACHINE, peers.versions(), results)


#: What the project set out to reach: a piece of the case's title, the floor, the goal.
TABLE = [
    ("map(fn, limit=10, ordered=False).collect(), fn = one checkpoint", "≤ 1.15x", "≤ 1.05x"),
    ("the same, ordered", "≤ 1.2x", "≤ 1.08x"),
    ("the same through open() and async for", "≤ 1.45x", "≤ 1.28x"),
    ("... ordered, through open() and async for", "≤ 1.45x", "≤ 1.28x"),
    ("bounded_map, same work, against aiometer.amap on trio", "10x faster", "12x faster"),
    ("... against asyncio Semaphore + gather", "3x faster", "3.8x faster"),
    ("... against aiostream map with task_limit", "14x faster", "18x faster"),
    ("fn that never suspends", "≤ 2.5x", "≤ 1.6x"),
    ("chain of 5 plain steps", "≤ 8x", "≤ 4x"),
    ("chunks(100, within=5) over a source that never suspends", "18x faster", "27x faster"),
    ("chunks(100, within=5) from a full trio channel", "1.8x faster", "all the way the sender allows"),
    ("open_worker_pool, submit to done, trivial job", "3x faster", "8x faster"),
    ("join set of 10,000 tasks", "≤ 1.9x", "1.2x where no task is ever cancelled alone"),
    ("... against aioresult's channel", "2.5x faster", "3.8x faster"),
    ("... against anyio task handles", "2.5x faster", "3.8x faster"),
    ("retry, success on the first call, against tenacity", "50x faster", "90x faster"),
    ("... against stamina", "40x faster", "70x faster"),
    ("... against backoff", "5x faster", "9x faster"),
    ("offload round trip", "≤ 1.05x", "≤ 1x"),
    ("calls started while a consumer that stopped", "≤ 140", "≤ 120"),
    ("growth of peak memory", "≤ 2 MiB", "none"),
    ("cost per item from", "≤ 1.1x", "flat"),
    ("cost per item at limit 1, 10, 100, 1000", "≤ 1.5x", "flat"),
    ("recorded checkpoints against unwatched ones", "≤ 1.25x", "≤ 1.1x"),
    ("recorded waits against unwatched ones", "≤ 3x", "≤ 2x"),
    ("import time of trio_patterns", "≤ 25 ms", "≤ 10 ms"),
]


@pytest.mark.parametrize(("title", "must", "goal"), TABLE, ids=[title for title, _, _ in TABLE])
def test_the_report_has_every_case_of_the_table(report: Report, title: str, must: str, goal: str) -> None:
    """With its floor and its goal beside what was measured, and a verdict."""
    judged = report.as_markdown().partition("<!-- comparison -->")[0]
    lines = [line for line in judged.splitlines() if line.startswith(f"| {title}")]
    assert lines
    for line in lines:
        _, _, its_must, its_goal, measured, _, verdict, _ = (cell.strip() for cell in line.split("|"))
        assert its_must == must
        assert its_goal.startswith(goal)
        assert measured
        assert verdict in ("goal reached", "reached", "**MISSED**", "not installed")


def test_the_report_has_no_floor_that_the_table_does_not_know(report: Report) -> None:
    """A case that is judged has its line above."""
    judged = [row for row in report.rows if row.must is not None]
    unknown = [row.title for row in judged if not row.title.startswith(tuple(title for title, _, _ in TABLE))]
    assert unknown == []
    assert len(judged) == len(TABLE) + 3  # ordered and not: calls started, and each of the two curves


def test_the_report_says_where_when_and_with_what(report: Report) -> None:
    """And that it is a quick one."""
    text = report.as_markdown()
    assert text.startswith(
        "Quick run, so the numbers are rough: measured on 2026-01-01 on a processor, 2 cores"
    )
    for name, version in peers.versions().items():
        assert f"| {name} | {version} |" in text
    assert replace(report, quick=False).as_markdown().startswith("Measured on")


def test_json_has_every_time_of_every_contender(report: Report) -> None:
    """So that anybody can compute other ratios."""
    data = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert (data["quick"], data["machine"], data["versions"]) == (True, MACHINE, peers.versions())
    found = {case["slug"]: case for case in data["cases"]}
    assert list(found) == [case.slug for case in ALL]
    for case in ALL:
        if isinstance(case, TimedCase):
            entries = found[case.slug]["contenders"]
            assert [entry["name"] for entry in entries] == [contender.name for contender in case.contenders]
            for entry in entries:
                absent = entry["needs"] and not peers.is_installed(entry["needs"])
                assert entry["seconds"] is None if absent else len(entry["seconds"]) == 2
    assert {row["verdict"] for case in data["cases"] for row in case["rows"]} <= {
        "goal",
        "reached",
        "missed",
        "info",
        "not installed",
    }


def test_every_operator_and_sink_has_a_pipeline_whose_memory_is_measured() -> None:
    """What makes a stream, or returns all items, is none; a new method needs a line in the table."""
    methods = {name for name in dir(Stream) if not name.startswith("_")}
    makers_and_lists = {"of", "empty", "ticks", "collect", "first", "count"}
    assert methods - makers_and_lists - {pipeline.covers for pipeline in PIPELINES} == set()
    assert "open_worker_pool" in {pipeline.name for pipeline in PIPELINES}
    assert {pipeline.covers for pipeline in pipelines()} - {""} <= methods


def test_memory_growth_is_that_of_the_worst_pipeline() -> None:
    """Its name is in the note, and each has a row of its own."""
    mebi = 1024 * 1024
    calls: list[tuple[str, ...]] = []

    def child(*arguments: str) -> dict[str, object]:
        calls.append(arguments)
        grown = 3 if arguments[2] == "take" else 1
        return {"small": 10 * mebi, "large": (10 + grown) * mebi, "right": True, "from": "nowhere"}

    result, _ = measure(MemoryCase(child=child), Effort())
    first, *others = result.rows
    assert (first.subject, first.value, first.low, first.verdict) == ("take", 3.0, 1.0, "missed")
    assert "from 10,000 to 1,000,000 items" in first.title
    assert [row.subject for row in others] == [pipeline.name for pipeline in pipelines()]
    assert ("-m", "benchmarks.memory_child", "take", "10000", "1000000") in calls


def test_the_memory_child_measures_a_pipeline() -> None:
    """The real process, once; its peak can't fall."""
    found = run_child("-m", "benchmarks.memory_child", "map(fn, limit=10)", "10", "500")
    assert found["right"] is True
    assert 0 < found["small"] <= found["large"]


def test_the_import_child_imports_what_it_is_told() -> None:
    """The real process, once."""
    ImportCase().check()


def test_calls_started_are_at_least_those_whose_results_were_taken() -> None:
    """And the floor is a bound, so the most of all runs is what counts."""
    result, _ = measure(StoppingCase(), Effort(rounds=3))
    for row, counts in zip(result.rows, result.data["calls_started"].values(), strict=True):
        assert len(counts) == 3
        assert row.value == max(counts) >= 100


# Wording and verdicts


def row(unit: Any, value: float | None, must: float | None = None, goal: float | None = None) -> Row:
    return Row("a-case", "A row", "ours", unit, value, must=must, goal=goal, low=value, high=value)


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        (row("x", 1.0, 1.2, 1.1), "goal"),
        (row("x", 1.15, 1.2, 1.1), "reached"),
        (row("x", 1.2001, 1.2, 1.1), "missed"),
        (row("x faster", 12, 10, 12), "goal"),
        (row("x faster", 11, 10, 12), "reached"),
        (row("x faster", 9.99, 10, 12), "missed"),
        (row("calls", 140, 140, 120), "reached"),
        (row("ms", 30, 25, 10), "missed"),
        (row("x", 99.0), "info"),
        (row("x", None, 1.2, 1.1), "not installed"),
    ],
)
def test_a_verdict_judges_the_unrounded_value(made: Row, verdict: str) -> None:
    """Smaller is better, except for "times faster"."""
    assert made.verdict == verdict


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (row("x", 1.0496), "1.050x"),
        (row("x faster", 12.34), "12.3x faster"),
        (row("x faster", 0.5), "2.00x slower"),
        (row("calls", 113.0), "113"),
        (row("MiB", 0.125), "0.12 MiB"),
        (row("x", None), "not installed"),
    ],
)
def test_a_loss_is_written_as_plainly_as_a_win(made: Row, text: str) -> None:
    """A ratio below one the other way round."""
    assert wording.measured(made) == text


# The command line


def test_help_names_every_option_and_status(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output, with status 0."""
    with pytest.raises(SystemExit) as caught:
        command_line.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for piece in ("--quick", "--check", "--list", "--only", "--out", "--rounds", "exit status", "table.md"):
        assert piece in text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "chunk"], "no case is called 'chunk'; did you mean chunks"),
        (["--only", "zzz"], "no case is called 'zzz'; there are stream-map, "),
        (["--only"], "expected at least one argument"),
        (["--rounds", "0"], "must be an int >= 1, got '0'"),
        (["--rounds", "many"], "must be an int >= 1, got 'many'"),
        (["--check", "--quick"], "not allowed with argument"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_wrong_usage_is_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is run."""
    with pytest.raises(SystemExit) as caught:
        command_line.main(arguments)
    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err


def test_list_names_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the report, or those asked for."""
    assert command_line.main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [case.slug for case in ALL]
    assert command_line.main(["--list", "--only", "retry", "chunks"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["chunks", "retry"]


def test_check_counts_who_is_right_and_names_who_is_missing(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It writes nothing, and what is missing is no failure."""
    theirs = Contender("theirs", clock.work("theirs", 1), needs=ABSENT)
    only(monkeypatch, timed_case(clock, Contender("ours", clock.work("ours", 1)), theirs))
    assert command_line.main(["--check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a-case          1 contenders right, theirs: not installed",
        "1 contenders gave the right result, 1 not installed",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_run_writes_its_files_and_ends_with_a_summary(
    fair: TimedCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], results: Path
) -> None:
    """Into the default folder, which is made."""
    only(monkeypatch, fair)
    monkeypatch.setattr(command_line, "find_spec", lambda name: None)
    assert command_line.main(["--quick"]) == 0
    written = sorted(path.name for path in results.iterdir())
    assert written == ["results.json", "table.md"]
    out = capsys.readouterr().out
    assert "no plots: matplotlib is not installed" in out
    assert out.splitlines()[-1] == "2 of 2 floors reached, 0 goals, 0 missed"


def test_a_missed_floor_is_listed_and_is_status_1(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The files are written all the same."""
    case = timed_case(
        clock, Contender("ours", clock.work("ours", 3)), Contender("theirs", clock.work("theirs", 4))
    )
    only(monkeypatch, case)
    assert command_line.main(["--quick", "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[-3:] == [
        "missed: a-case: cost",
        "missed: a-case: speed",
        "0 of 2 floors reached, 0 goals, 2 missed",
    ]
    assert "**MISSED**" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_a_floor_that_could_not_be_measured_is_counted_as_such(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not reached, and not missed."""
    theirs = Contender("theirs", clock.work("theirs", 1), needs=ABSENT)
    only(monkeypatch, timed_case(clock, Contender("ours", clock.work("ours", 1)), theirs))
    assert command_line.main(["--quick", "--only", "a-case"]) == 0
    summary = "0 of 2 floors reached, 0 goals, 0 missed, 2 not measured (peers not installed)"
    assert capsys.readouterr().out.splitlines()[-1] == summary


def test_a_part_of_the_cases_overwrites_no_report(
    fair: TimedCase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: Path
) -> None:
    """Unless a folder is named."""
    only(monkeypatch, fair)
    assert command_line.main(["--quick", "--only", "a-case"]) == 0
    assert not results.exists()
    assert command_line.main(["--quick", "--only", "a-case", "--out", str(tmp_path / "own")]) == 0
    assert (tmp_path / "own" / "results.json").is_file()


def test_interruption_is_status_130(
    fair: TimedCase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a word and no traceback."""

    def interrupt(self: TimedCase) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TimedCase, "check", interrupt)
    only(monkeypatch, fair)
    assert command_line.main(["--check"]) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")


@pytest.mark.parametrize("make", [PlainScreen, RichScreen])
def test_both_screens_show_value_floor_goal_and_verdict(
    make: Callable[[], PlainScreen | RichScreen],
    fair: TimedCase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The one in lines, the other in a table."""
    monkeypatch.setenv("COLUMNS", "160")
    screen = make()
    with screen.progress("a-case", fair.steps(Effort(quick=True))) as tick:
        result = fair.measure(Effort(quick=True), tick)
    screen.rows(result.rows)
    screen.note("[done]")
    out = capsys.readouterr().out
    for piece in ("0.500x", "≤ 0.6x", "≤ 0.2x", "2.00x faster", "4x faster", "reached", "[done]"):
        assert piece in out


# Plots


def test_plots_are_the_same_for_the_same_report(report: Report, tmp_path: Path) -> None:
    """Light and dark, without a date in them."""
    pytest.importorskip("matplotlib", reason="the plots need matplotlib, which comes with the extra bench")
    from benchmarks.plots import draw_plots

    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
        draw_plots(report, folder)
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert set(one) == {
        f"{plot}-{theme}.svg" for plot in ("ratios", "flatness") for theme in ("light", "dark")
    }
    assert one == other
    assert not any(b"<dc:date>" in content for content in one.values())


def test_plots_show_only_what_was_measured(fair: TimedCase, tmp_path: Path) -> None:
    """A run of a part of the cases has no curves, or no ratios."""
    pytest.importorskip("matplotlib", reason="the plots need matplotlib, which comes with the extra bench")
    from benchmarks.plots import draw_plots

    partial = Report(True, MACHINE, peers.versions(), [measure(fair)[0]])
    assert [path.name for path in draw_plots(partial, tmp_path)] == ["ratios-light.svg", "ratios-dark.svg"]
    assert draw_plots(replace(partial, results=[]), tmp_path) == []


def test_all_numbers_are_finite(report: Report) -> None:
    """A clock that stands still would make them something else."""
    assert all(row.value is None or math.isfinite(row.value) for row in report.rows)
