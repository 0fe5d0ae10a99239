"""Adds up what the proofs have tried, and prints it after the run: ``pytest tests/proof``."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.proof.effort import DEEP, EFFORT


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print points, pairs and schedules for each family. They come from all workers of xdist."""
    sums: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if isinstance(value, int) and ": " in name:
                sums[name] += value
    if sums:
        terminalreporter.section("proofs: what was tried")
        families = sorted({name.partition(": ")[0] for name in sums})
        kinds = ("points", "faults", "pairs", "schedules", "different schedules", "complete")
        terminalreporter.line("family".ljust(16) + "".join(kind.rjust(21) for kind in kinds))
        for family in families:
            counts = "".join(str(sums[f"{family}: {kind}"]).rjust(21) for kind in kinds)
            terminalreporter.line(family.ljust(16) + counts)
        totals = "".join(
            str(sum(count for name, count in sums.items() if name.endswith(f": {kind}"))).rjust(21)
            for kind in kinds
        )
        terminalreporter.line("all".ljust(16) + totals)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lift the limit of a minute for each test from a deep run."""
    for item in items:
        if EFFORT is DEEP and item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(scope="module", autouse=True)
def _collect_once() -> Iterator[None]:
    gc.collect()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _what_exists_is_no_garbage(_collect_once: None) -> None:
    """Take all that pytest has made out of the collector's sight: each tool would do it for itself, anew."""
    gc.freeze()
