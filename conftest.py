"""Root test configuration: documentation snippets are tests, and a seed repeats a run's task order."""

from __future__ import annotations

import inspect
import math
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import pytest
import trio
import trio._core._run as trio_run
from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from sybil.parsers.rest import PythonCodeBlockParser as RestCodeBlockParser

# `PurePath.match` reads `**` as `*` before Python 3.13, so every depth is written out.
pytest_collect_file = (
    Sybil(
        parsers=[PythonCodeBlockParser(), SkipParser()],
        patterns=["docs/*.md", "docs/*/*.md", "docs/*/*/*.md", "README.md"],
    )
    + Sybil(
        parsers=[DocTestParser(), RestCodeBlockParser()],
        patterns=["trio_patterns/*.py", "trio_patterns/*/*.py", "trio_patterns/*/*/*.py"],
    )
).pytest()

# Hypothesis measures real time, of which a busy machine has less; what is tested here runs in virtual time.
settings.register_profile("default", settings.get_profile("default"), deadline=None)
settings.load_profile("default")

# For those who look for bugs: `pytest --hypothesis-profile=deep --timeout=600`. Tests that set a number
# of their own keep it.
usual = settings.get_profile("default")
settings.register_profile(
    "deep",
    usual,
    max_examples=20 * usual.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# A shell that starts something in the background lets it ignore Ctrl-C, and all its children with it. Here
# that is what some tests are about.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that rewrites the recorded outputs of the examples."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite examples/**/*.out from what the scripts print now",
    )


#: What starts a server or builds the site for all of its files: one worker of xdist gets the whole folder.
ONE_WORKER = ("tests/docs/", "tests/traits/")
#: A file that takes long and whose tests share nothing: each goes to the worker that is free.
ANY_WORKER = "tests/proof/test_proofs.py"


def share_of(nodeid: str) -> str:
    """Name what stays together under ``--dist loadfile``: a file, but for the above."""
    if nodeid.startswith(ANY_WORKER):
        return nodeid
    return next((folder for folder in ONE_WORKER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Let both cores have work to the end: xdist begins with the most tests and ends with single ones."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return share_of(nodeid)

    return Shares(config, log)


@pytest.fixture(autouse=True)
def _seed_trio_scheduler(request: pytest.FixtureRequest) -> None:
    """Let pytest-randomly's seed decide trio's task order too, so that one seed repeats a run."""
    seed = getattr(request.config.option, "randomly_seed", 0)
    trio_run._r.seed(seed if isinstance(seed, int) else 0)


def _no_stray_cancellation(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Fail a test that a `trio.Cancelled` ends which belongs to no scope around the test.

    pytest-trio cancels the nursery around a test when the test has ended, and that nursery takes every
    cancellation for its own. So a test that lets one escape would pass, whatever stands in the rest of it.
    """

    @wraps(test)
    async def checked(**kwargs: object) -> None:
        try:
            await test(**kwargs)
        except BaseException as exc:
            group = exc if isinstance(exc, BaseExceptionGroup) else BaseExceptionGroup("", [exc])
            if group.subgroup(trio.Cancelled) and trio.current_effective_deadline() != -math.inf:
                raise AssertionError("a cancellation has left the scope that it belongs to") from exc
            raise

    return checked


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the snippets of each document back in reading order: the later ones build on the earlier ones.

    pytest-randomly has shuffled them by now; it reorders before all other plugins.
    """
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _no_stray_cancellation(item.obj)
    snippets: dict[object, list[SybilItem]] = {}
    for item in items:
        if isinstance(item, SybilItem):
            snippets.setdefault(item.parent, []).append(item)
    in_order = {
        document: iter(sorted(found, key=lambda snippet: snippet.example.line))
        for document, found in snippets.items()
    }
    items[:] = [next(in_order[item.parent]) if isinstance(item, SybilItem) else item for item in items]
