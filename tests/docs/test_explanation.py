"""The programs of the explanations print what their pages show, in any order of their tasks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from examples._runner import run_example

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "explanation"
PROGRAMS = PAGES / "programs"

# As `docs/conf.py` does.
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
import waiting_curve  # noqa: E402

ALL = sorted(PROGRAMS.glob("*.py"))
each_program = pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])

#: As for the examples: trio reverses a batch of ready tasks half of the time.
RUNS = 5


def printed(path: Path) -> str:
    """Return what a program prints; one that shows asyncio runs by itself, since it has no virtual time."""
    if "asyncio.run(main())" not in path.read_text(encoding="utf-8"):
        return run_example(path)
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.timeout(
    240
)  # simulations of many thousand jobs, five times, on a machine that does other things
@each_program
def test_a_program_prints_what_its_page_shows(path: Path, request: pytest.FixtureRequest) -> None:
    """``pytest --update-golden`` records it."""
    recorded = path.with_suffix(".out")
    if request.config.getoption("update_golden"):
        recorded.write_text(printed(path), encoding="utf-8", newline="\n")
    expected = recorded.read_text(encoding="utf-8")
    assert expected
    for run in range(1, RUNS + 1):
        assert printed(path) == expected, f"run {run} of {RUNS}"


@each_program
def test_a_broken_program_marks_its_bug_beside_the_mended_one(path: Path) -> None:
    assert ("# BUG:" in path.read_text(encoding="utf-8")) is path.stem.endswith("_broken")
    assert path.with_name(f"{path.stem.removesuffix('_broken')}.py").is_file()


def test_every_program_is_shown_with_its_output() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    outputs = {found.stem for found in PROGRAMS.glob("*.out")}
    assert outputs == {path.stem for path in ALL}
    missing = [path.stem for path in ALL if f"programs/{path.stem}.out" not in pages]
    assert missing == []


def test_every_page_stands_in_the_table_of_its_index() -> None:
    for folder in (PAGES, ROOT / "docs" / "howto"):
        index = (folder / "index.md").read_text(encoding="utf-8")
        for page in folder.glob("*.md"):
            if page.stem != "index":
                assert f"{{doc}}`{page.stem}`" in index, page.name
                assert re.search(rf"^{page.stem}$", index, re.MULTILINE), f"{page.name} in the toctree"


def waits_in(recorded: str) -> dict[int, float]:
    found = re.findall(r"busy (\d+) %: a job waits +([\d.]+) s", recorded)
    return {int(percent): float(wait) for percent, wait in found}


def test_the_curve_has_a_dot_for_each_wait_and_passes_near_it() -> None:
    waits = waits_in((PROGRAMS / "utilisation.out").read_text(encoding="utf-8"))
    picture = ElementTree.fromstring(waiting_curve.draw(waits))
    dots = [
        (int(dot.get("cx")), int(dot.get("cy")))
        for dot in picture.iter("circle")
        if dot.get("class") == "dot"
    ]
    assert dots == [waiting_curve.place(percent / 100, wait) for percent, wait in waits.items() if wait <= 20]
    assert len(dots) == 4
    axis = {text.text: int(text.get("x")) for text in picture.iter("text") if text.get("class") == "small"}
    assert [axis["50 %"], axis["80 %"], axis["90 %"]] == [x for x, _ in dots[:3]]
    (curve,) = picture.iter("polyline")
    numbers = list(map(float, curve.get("points").split()))
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert points[0] == waiting_curve.place(0, 0)
    assert points[-1][1] == waiting_curve.TOP
    for x, y in dots:  # the theory and the simulation agree, but for chance
        assert min(abs(x - px) + abs(y - py) for px, py in points) <= 12
    assert "95 % busy: " in picture.get("aria-label")


@pytest.mark.timeout(300)
def test_the_curve_is_on_its_page(site) -> None:
    html = (site.html / "explanation" / "backpressure.html").read_text(encoding="utf-8")
    waits = waits_in((PROGRAMS / "utilisation.out").read_text(encoding="utf-8"))
    assert html.count('class="curve"') == 1
    for percent in (50, 80, 90, 95):
        assert f"{percent} %: {waits[percent]:.1f}</text>" in html
