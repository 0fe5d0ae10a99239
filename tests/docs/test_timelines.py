"""``{timeline}``: what scripts do, recorded when the documentation is built."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from trio_patterns.timeline import Recording
from trio_patterns.timeline.__main__ import main

SCRIPT = """
import logging
import trio

async def main():
    print("not into the build")
    logging.warning("nor this")
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(trio.sleep, 1 + number, name=f"task {number}")
"""


@pytest.fixture
def timelines(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    pytest.importorskip("sphinx", reason="Sphinx is not installed: pip install -e '.[docs]'")
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "docs" / "_ext")
    return import_module("timelines")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(SCRIPT)
    return path


def test_a_script_is_recorded_in_silence(
    timelines: ModuleType, script: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recording: Recording = timelines.record(script)
    assert recording.duration == 3
    assert recording.virtual
    assert [task.name for task in recording.all_tasks()] == ["main", "task 0", "task 1", "task 2"]
    assert capfd.readouterr() == ("", "")


def test_each_build_makes_the_same_picture(timelines: ModuleType, script: Path) -> None:
    pictures = {timelines.draw({"shop.py": timelines.record(script)}, {}) for _ in range(5)}
    assert len(pictures) == 1


def test_two_pictures_have_one_scale_unless_one_would_be_squeezed(
    timelines: ModuleType, script: Path, tmp_path: Path
) -> None:
    longer = tmp_path / "shop_broken.py"

    def first_bars(seconds: int) -> tuple[str, str]:
        longer.write_text(SCRIPT.replace("1 + number", str(seconds)))
        recordings = {"shop_broken.py": timelines.record(longer), "shop.py": timelines.record(script)}
        figure = timelines.draw(recordings, {"shop.py": "there.html"})
        assert figure.index("shop_broken.py") < figure.index('<code>shop.py</code> <a href="there.html">')
        assert 'class="timeline-title broken"' in figure
        widths = re.findall(r'class="wait tasks" [^>]*width="([\d.]+)"', figure)
        # The first of each picture is `main`; the other is in the legend.
        return widths[0], widths[2]

    one, other = first_bars(6)
    assert float(one) == pytest.approx(2 * float(other), abs=1)
    one, other = first_bars(60)
    assert float(one) == pytest.approx(float(other), abs=1)


def test_until_cuts_everything_off(timelines: ModuleType, script: Path) -> None:
    whole: Recording = timelines.record(script)
    cut: Recording = timelines.until(whole, 1.5)
    assert cut.duration == 1.5
    assert {task.name: (task.end, task.ending.kind) for task in cut.all_tasks()} == {
        "main": (1.5, "open"),
        "task 0": (1.0, "finished"),
        "task 1": (1.5, "open"),
        "task 2": (1.5, "open"),
    }
    assert timelines.until(whole, 9) is whole
    assert list(timelines.until(whole, 0).all_tasks()) == []  # what begins at the cut is not in it


def test_the_text_on_the_page_is_what_the_command_prints(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    programs = Path(__file__).parents[2] / "docs" / "timeline" / "programs"
    output = tmp_path / "shop.txt"
    assert main(["-o", str(output), "--virtual-time", str(programs / "shop.py")]) == 0
    recorded = programs / "shop.txt"
    if request.config.getoption("--update-golden"):
        recorded.write_text(output.read_text(encoding="utf-8"), encoding="utf-8")
    assert output.read_text(encoding="utf-8") == recorded.read_text(encoding="utf-8")
    page = (programs.parent / "index.md").read_text(encoding="utf-8")
    assert f"timeline: {recorded.read_text(encoding='utf-8').splitlines()[0]}\n" in page
