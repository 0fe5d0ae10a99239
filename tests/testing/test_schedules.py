"""Schedules as text, in this process and in others, and made shorter."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trio_patterns
from trio_patterns.testing import explore
from trio_patterns.testing.schedules import decode, encode
from trio_patterns.testing.shrinking import shrink

SCRIPT = Path(__file__).with_name("recorded_schedule.py")
LIBRARY = str(Path(trio_patterns.__file__).parent.parent)
NOX = Path(__file__).parents[2] / ".nox"


def recorded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recorded_schedule", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("picks", "text"),
    [([], "0"), ([0, 0], "0"), ([1], "1"), ([1, 0, 0, 0, 3, 2, 2], "1.0x3.3.2x2"), ([2, 0, 0], "2")],
)
def test_the_text_of_a_schedule(picks: list[int], text: str) -> None:
    assert encode(picks, fair=True) == f"fair:{text}"
    assert encode(picks, fair=False) == f"free:{text}"


@given(st.lists(st.integers(0, 5)), st.booleans())
def test_the_text_stands_for_the_picks_but_for_the_zeros_at_the_end(picks: list[int], fair: bool) -> None:
    read, kind = decode(encode(picks, fair=fair))
    assert kind is fair
    length = max(len(read), len(picks))
    assert read + [0] * (length - len(read)) == picks + [0] * (length - len(picks))


@pytest.mark.parametrize(
    "text", ["", "1.2", "fair", "fare:1", "fair:1..2", "fair:-1", "fair:1x", "free:1.", "fair:²"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"replay must be the text that an ExploreFailure gave"):
        decode(text)


def test_the_shortest_text_is_that_of_the_default_order() -> None:
    assert decode("fair:") == ([], True)
    assert decode("free:0") == ([0], False)


@pytest.mark.parametrize("fair", [True, False])
def test_a_recorded_schedule_breaks_the_program_on_whatever_runs_this(fair: bool) -> None:
    module = recorded()
    problem, replay, steps = module.told(module.broken_by(module.RECORDED[fair]))
    assert problem == "check() returned False"
    assert replay == module.RECORDED[fair]
    assert [name for name, _ in steps if name.startswith("run")][-1] == "run #2"
    assert module.told(module.broken_by(None, fair=fair)) == [problem, replay, steps]


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_another_process_with_another_hash_seed_does_the_same(seed: str) -> None:
    module = recorded()
    assert run(sys.executable, module.RECORDED[True], seed) == module.told(
        module.broken_by(module.RECORDED[True])
    )


def other_pythons() -> list[str]:
    """Find a Python for each other version: on PATH, or made by nox, and with a trio that is new enough."""
    names = [f"python3.{minor}" for minor in range(11, 16) if minor != sys.version_info.minor]
    found = [path for name in names if (path := shutil.which(name)) is not None]
    found += [str(path) for path in sorted(NOX.glob("*/bin/python"))]
    probe = "import sys, trio.lowlevel as trio; trio.in_trio_run; print(sys.version_info[:2])"
    pythons = {str(sys.version_info[:2]): sys.executable}
    for path in found:
        probed = subprocess.run([path, "-c", probe], capture_output=True, text=True, check=False)
        if probed.returncode == 0:
            pythons.setdefault(probed.stdout.strip(), path)
    return list(pythons.values())[1:]


def test_another_python_does_the_same() -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("there is no other Python here that has trio; the recorded schedule stands in for it")
    module = recorded()
    for python in pythons:
        assert run(python, module.RECORDED[True], "0") == module.told(module.broken_by(module.RECORDED[True]))


def run(python: str, replay: str, seed: str) -> object:
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": LIBRARY}
    made = subprocess.run([python, str(SCRIPT), replay], env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    told: object = json.loads(made.stdout)
    return told


def test_a_schedule_for_another_program_picks_what_is_there() -> None:
    module = recorded()
    runners = module.Runners()
    explore(runners.program, replay="fair:9x50")
    assert sorted(runners.order) == ["a", "b", "c"]


def found_by(needed: Sequence[int]) -> tuple[list[int], int]:
    """Shrink 40 picks of which the ``needed`` ones matter; return the result and the number of tries."""
    tries = 0

    def fails(picks: list[int]) -> list[int] | None:
        nonlocal tries
        tries += 1
        made = picks + [0] * (40 - len(picks))
        return made if all(made[index] == 1 for index in needed) else None

    return shrink([1] * 40, fails, 300), tries


@pytest.mark.parametrize("needed", [[], [0], [39], [3, 17], [0, 1, 2, 30]])
def test_only_the_picks_that_matter_are_left(needed: list[int]) -> None:
    picks, tries = found_by(needed)
    assert [index for index, pick in enumerate(picks) if pick] == needed
    assert len(picks) == max(needed, default=-1) + 1
    assert tries < 130


def test_the_tries_are_bounded() -> None:
    tries = 0

    def fails(picks: list[int]) -> list[int] | None:
        nonlocal tries
        tries += 1
        return None

    assert shrink([1, 2, 3] * 50, fails, 7) == [1, 2, 3] * 50
    assert tries == 7
    assert shrink([1, 0, 0], fails, 0) == [1]
    assert tries == 7


def test_a_run_that_strays_does_not_make_it_longer() -> None:
    """A shorter candidate may lead to other picks; they are taken only if they are shorter, too."""
    assert shrink([0, 2], lambda picks: [0, 0, 0, 2], 50) == [0, 2]
    assert shrink([0, 2, 2], lambda picks: [3], 50) == [3]
