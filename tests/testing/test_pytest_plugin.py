"""The pytest plugin, in a pytest of its own: fixtures, options, and the plugins it has to live with."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

import trio_patterns
from trio_patterns.testing.pytest_plugin import pytest_addoption

pytest_plugins = ["pytester"]

LIBRARY = str(Path(trio_patterns.__file__).parent.parent)

SYNC = """
import trio

async def program():
    for _ in range(9):
        await trio.lowlevel.checkpoint()

def test_sweep(cancel_sweep):
    print("swept", cancel_sweep(program).points, cancel_sweep(program, max_points=2).points)

async def both():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(program)
        nursery.start_soon(program)

def test_explore(explore):
    print("explored", explore(both).schedules, explore(both, schedules=3).schedules)
"""

ASYNC = """
import pytest
import trio
from trio_patterns.testing import Stalled

@pytest.fixture
async def lock():
    lock = trio.Semaphore(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        yield lock
        nursery.cancel_scope.cancel()

async def test_passes(fail_when_stalled, nursery, lock):
    nursery.start_soon(trio.sleep, 0.01)
    async with lock:
        await trio.sleep(0.01)

async def test_virtual(fail_when_stalled, autojump_clock):
    await trio.sleep(1000)

async def test_stalls(fail_when_stalled, lock):
    await lock.acquire()
    await lock.acquire()

async def test_stalls_in_virtual_time(fail_when_stalled, autojump_clock):
    await trio.Event().wait()

async def test_stalls_behind_a_shield(fail_when_stalled):
    with trio.CancelScope(shield=True):
        await trio.Event().wait()

async def test_fails(fail_when_stalled):
    raise KeyError("cherry")

@pytest.mark.usefixtures("fail_when_stalled")
async def test_uses():
    pass

@pytest.mark.usefixtures("fail_when_stalled")
async def test_uses_and_takes(fail_when_stalled):
    pass
"""


def prepare(pytester: pytest.Pytester, source: str, *options: str) -> list[str]:
    """Write a file of tests with this text, and return the arguments that pytest needs."""
    pytester.makepyfile(test_it=source)
    pytester.makeini("[pytest]\ntrio_mode = true\nfilterwarnings = error\ntimeout = 20\n")
    plugin = [] if _is_installed() else ["-p", "trio_patterns.testing.pytest_plugin"]
    return ["-rA", *plugin, "-p", "no:cacheprovider", *options]


def _is_installed() -> bool:
    return any(found.name == "trio_patterns" for found in entry_points(group="pytest11"))


def test_the_fixtures_are_the_functions(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*prepare(pytester, SYNC))
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["swept 10 2", "explored 100 3"])


def test_options_set_the_defaults(pytester: pytest.Pytester) -> None:
    options = prepare(pytester, SYNC, "--cancel-sweep-max=4", "--explore-schedules=7")
    result = pytester.runpytest_inprocess(*options, "-p", "randomly")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["swept 4 2", "explored 7 3"])


def test_on_the_workers_of_xdist_too(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", LIBRARY)
    options = prepare(pytester, SYNC + ASYNC.split("async def test_stalls_in")[0])
    result = pytester.runpytest_subprocess(*options, "--cancel-sweep-max=4", "-n", "2")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["*2 workers*"])
    result.stdout.fnmatch_lines_random(["swept 4 2", "explored 100 3", "*Stalled: every task waits*"])


@pytest.mark.parametrize("option", ["--cancel-sweep-max", "--explore-schedules"])
@pytest.mark.parametrize("value", ["0", "many"])
def test_a_bad_option_is_refused(option: str, value: str) -> None:
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    with pytest.raises(pytest.UsageError, match=f"argument {option}: must be an int >= 1, got '{value}'"):
        parser.parse([f"{option}={value}"])
    assert getattr(parser.parse([f"{option}=3"]), option[2:].replace("-", "_")) == 3


def test_a_stalled_test_fails_at_once(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*prepare(pytester, ASYNC))
    result.assert_outcomes(passed=3, failed=4, errors=1)
    for name in ("stalls", "stalls_in_virtual_time", "stalls_behind_a_shield", "fails"):
        result.stdout.fnmatch_lines([f"FAILED test_it.py::test_{name} - *"])
    printed = result.stdout.str()
    assert printed.count("Stalled: every task waits, and nothing will wake one") >= 3
    assert "test_stalls waits for a trio.Semaphore" in printed or "test 'test_stalls'> waits" in printed
    assert "await lock.acquire()" in printed
    assert "KeyError: 'cherry'" in printed
    assert "fail_when_stalled must be an argument of the test" in printed
    assert "Timeout" not in printed
