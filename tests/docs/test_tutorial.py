"""The programs of the pages about testing do what these show, and the pictures show what the tools found."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import trio

from trio_patterns import testing
from trio_patterns.backpressure import RateLimiter
from trio_patterns.retry import RetryPolicy
from trio_patterns.traits import InMemoryRepository

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "docs" / "tutorial" / "programs"

# As `docs/conf.py` does: these modules import neither Sphinx nor docutils.
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import schedule_lanes  # noqa: E402
import sweep_strip  # noqa: E402
import wait_circle  # noqa: E402
from programs import Point, explore_failure, found_tests, load, output, sweep_points  # noqa: E402

ALL = sorted([*PROGRAMS.glob("*.py"), *(ROOT / "docs" / "testing" / "programs").glob("*.py")])
each_program = pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])


@each_program
def test_a_program_says_what_its_page_shows(path: Path, request: pytest.FixtureRequest) -> None:
    """``pytest --update-golden`` records it."""
    recorded = path.with_suffix(".out")
    if request.config.getoption("update_golden"):
        recorded.write_text(output(path), encoding="utf-8", newline="\n")
    assert output(path) == recorded.read_text(encoding="utf-8")


@each_program
def test_a_broken_program_breaks_and_a_mended_one_does_not(path: Path) -> None:
    recorded = path.with_suffix(".out").read_text(encoding="utf-8")
    assert any(word in recorded for word in ("Failure: ", "Stalled: ")) == path.stem.endswith("_broken")


def test_every_program_is_shown() -> None:
    """A program that no page includes is one that no reader finds; an output without a program is a lie."""
    for path in ALL:
        pages = "\n".join(page.read_text(encoding="utf-8") for page in path.parents[1].glob("*.md"))
        assert f"programs/{path.stem}." in pages
        outputs = {found.stem for found in path.parent.glob("*.out")}
        assert outputs == {found.stem for found in path.parent.glob("*.py")}


def texts(svg: str, kind: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("text") if text.get("class") == kind]


def classes(svg: str) -> list[str]:
    return [element.get("class") or "" for element in ElementTree.fromstring(svg).iter("rect")]


def test_a_strip_has_a_cell_for_each_point_red_where_it_fails() -> None:
    path = PROGRAMS / "lost_item_broken.py"
    points = sweep_points(path)
    picture = sweep_strip.draw(points)
    failing = [point.number for point in points if point.problem]
    assert [point.number for point in points] == list(range(len(points)))
    assert f"{len(failing)} of {len(points)} points fail" in path.with_suffix(".out").read_text(
        encoding="utf-8"
    )
    assert classes(picture).count("fails") == len(failing)
    assert classes(picture).count("holds") == len(points) - len(failing)
    assert texts(picture, "code") == ["shop", "customers", "worker"]
    assert texts(picture, "small") == [str(point.number) for point in points]
    assert picture == sweep_strip.draw(sweep_points(path))


def test_the_lines_below_a_strip_are_those_of_the_failing_points() -> None:
    points = [
        Point(0, False, "main", 0, "", "broken"),
        Point(1, False, "a", 7, "x = 1", "broken"),
        Point(2, True, "main", 3, "y", "broken"),
        Point(3, False, "a", 7, "x = 1", "broken"),
        Point(4, False, "a", 8, "z", ""),
    ]
    assert sweep_strip.lines(points) == [
        ("0, 2", "before the start, and while all tasks wait", ""),
        ("1, 3", "a, line 7", "x = 1"),
    ]
    assert sweep_strip.words(points) == "Strip of 5 points. The program fails at 4: 0\N{EN DASH}3."
    assert "holds at every one" in sweep_strip.words(points[4:])


def test_lanes_have_a_step_for_each_step_of_the_shortest_order() -> None:
    failure = explore_failure(PROGRAMS / "lost_update_broken.py")
    picture = schedule_lanes.draw(failure.steps)
    assert texts(picture, "number") == [str(number) for number in range(1, len(failure.steps) + 1)]
    assert texts(picture, "code")[:2] == ["deposit starts", "bonus starts"]
    assert "1. deposit starts. 2. bonus starts." in schedule_lanes.words(failure.steps)


@pytest.mark.parametrize(("stem", "count"), [("two_locks_broken", 2), ("philosophers_broken", 3)])
def test_a_wait_circle_has_a_box_for_each_task_and_an_arrow_for_each_wait(stem: str, count: int) -> None:
    graph = explore_failure(PROGRAMS / f"{stem}.py").graph
    assert graph is not None
    picture = wait_circle.draw(graph)
    assert classes(picture).count("task") == count
    assert picture.count('class="arrow"') == count
    assert len(wait_circle.edges(graph)) == count


def test_what_can_not_be_drawn_is_said() -> None:
    with pytest.raises(ValueError, match=r"lost_update\.py holds in every order"):
        explore_failure(PROGRAMS / "lost_update.py")
    with pytest.raises(ValueError, match=r"lost_update\.py has no test_x"):
        explore_failure(PROGRAMS / "lost_update.py", "test_x")
    with pytest.raises(ValueError, match="does not call cancel_sweep"):
        sweep_points(PROGRAMS / "lost_update.py")


def test_a_program_is_a_file_that_pytest_could_run() -> None:
    for path in ALL:
        assert found_tests(load(path)), path.name


def test_an_ordinary_test_sees_the_lost_update_about_every_other_time() -> None:
    """Two of its four orders are wrong; the page says 488 of 1000."""
    module = load(PROGRAMS / "lost_update_broken.py")
    wrong = 0
    for _ in range(200):
        trio.run(module.bank)
        wrong += module.balance != 115
    assert 60 < wrong < 140


@pytest.mark.timeout(300)
def test_every_picture_is_on_its_page_and_no_name_in_one_is_taken_twice(site) -> None:
    """Arrow heads are found by their id, which has to be the only one of the page."""
    pages = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
    drawn = 0
    for page in pages:
        html = (site.html / "tutorial" / page.with_suffix(".html").name).read_text(encoding="utf-8")
        text = page.read_text(encoding="utf-8")
        asked = len(re.findall(r"^```\{(?:sweep-strip|schedule-lanes|wait-circle)\}", text, re.MULTILINE))
        assert html.count('<svg class="picture"') == asked
        heads = re.findall(r'<marker id="([^"]+)"', html)
        assert len(set(heads)) == len(heads)
        drawn += asked
    assert drawn > 0


def test_the_page_about_contracts_counts_their_cases() -> None:
    text = (ROOT / "docs" / "testing" / "contracts.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"testing\.(\w+_contract)`.*\| (?:up to )?(\d+) \|$", text, re.MULTILINE))
    suites = {
        "repository_contract": testing.repository_contract(InMemoryRepository),
        "limiter_contract": testing.limiter_contract(trio.CapacityLimiter),
        "rate_limiter_contract": testing.rate_limiter_contract(RateLimiter),
        "retry_policy_contract": testing.retry_policy_contract(
            RetryPolicy(on=OSError, timeout=60.0, attempt_timeout=10.0)
        ),
        "stream_operator_contract": testing.stream_operator_contract(lambda source: source),
    }
    assert said == {name: str(len(suite.cases())) for name, suite in suites.items()}


@pytest.mark.parametrize("page", ["safe-when-cancelled", "every-order"])
def test_what_a_page_explains_of_a_report_stands_in_one(page: str) -> None:
    """The terms of its definition lists are parts of reports, and so is every "9 of 17 points"."""
    text = (ROOT / "docs" / "tutorial" / f"{page}.md").read_text(encoding="utf-8")
    reports = " ".join(" ".join(path.with_suffix(".out").read_text(encoding="utf-8").split()) for path in ALL)
    terms = re.findall(r"^(`.+)\n: ", text, re.MULTILINE)
    spans = [part for term in terms for span in re.findall(r"`(.+?)`", term) for part in span.split(" ... ")]
    spans += re.findall(r"\d+ of \d+ points", text)
    assert len(spans) >= 8
    assert [span for span in spans if span.removesuffix(", ...").strip() not in reports] == []
