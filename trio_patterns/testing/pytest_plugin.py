"""The pytest plugin: ``cancel_sweep``, ``explore`` and ``fail_when_stalled`` as fixtures, with options."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import AsyncGenerator, Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
import trio

if TYPE_CHECKING:
    from . import ExploreReport, SweepReport


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("trio_patterns", "trio_patterns: cancel it everywhere, run it in every order")
    group.addoption(
        "--cancel-sweep-max",
        type=_positive,
        default=None,
        metavar="N",
        help="points that the fixture cancel_sweep tries at most in each call (all of them)",
    )
    group.addoption(
        "--explore-schedules",
        type=_positive,
        default=None,
        metavar="N",
        help="schedules that the fixture explore tries in each call that does not say how many (100)",
    )


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be an int >= 1, got {text!r}")
    return number


@pytest.fixture(name="cancel_sweep")
def cancel_sweep_fixture(request: pytest.FixtureRequest) -> Callable[..., SweepReport]:
    """Give `trio_patterns.testing.cancel_sweep`, its default ``max_points`` set by ``--cancel-sweep-max``."""
    from .cancel_sweep import cancel_sweep

    most: int | None = request.config.getoption("--cancel-sweep-max")
    return cancel_sweep if most is None else partial(cancel_sweep, max_points=most)


@pytest.fixture(name="explore")
def explore_fixture(request: pytest.FixtureRequest) -> Callable[..., ExploreReport]:
    """Give `trio_patterns.testing.explore`, with ``--explore-schedules`` as its default ``schedules``."""
    from .explore import explore

    most: int | None = request.config.getoption("--explore-schedules")
    return explore if most is None else partial(explore, schedules=most)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse ``usefixtures("fail_when_stalled")``, which would do nothing."""
    used = any("fail_when_stalled" in mark.args for mark in item.iter_markers("usefixtures"))
    if used and "fail_when_stalled" not in inspect.signature(item.function).parameters:  # type: ignore[attr-defined]
        pytest.fail(
            "fail_when_stalled must be an argument of the test: pytest-trio runs no other async fixtures",
            pytrace=False,
        )


async def _fail_when_stalled() -> AsyncGenerator[None]:  # noqa: ASYNC900
    """Let an async test with this argument fail at once when all tasks wait and nothing will wake one."""
    from .stalls import Stalled, StallWatch

    stalled = trio.Event()
    # pytest-trio runs a fixture in a task of its own, so that this yield is what it looks like: the test.
    async with trio.open_nursery() as nursery:  # noqa: ASYNC113
        watch = StallWatch(lambda graph: stalled.set(), nursery.cancel_scope)

        async def fail() -> None:
            await stalled.wait()
            assert watch.graph is not None
            raise Stalled(watch.graph)

        nursery.start_soon(fail)
        trio.lowlevel.add_instrument(watch)
        # Where this raises, the watch stays to the end of the run, which is that of the test: pytest-trio tears
        # down this fixture at once, and cancels a test that may be shielded, or stand still once more.
        yield  # noqa: ASYNC101, ASYNC119
        trio.lowlevel.remove_instrument(watch)
        nursery.cancel_scope.cancel(reason="the test is over")


if find_spec("pytest_trio") is not None:  # pragma: no branch - without it there are no async tests
    fail_when_stalled: object = import_module("pytest_trio").trio_fixture(_fail_when_stalled)
