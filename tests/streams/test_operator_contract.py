"""Every operator keeps the contract that users can hold their own ones to."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.streams.test_every_operator import OPERATORS
from trio_patterns.testing import stream_operator_contract


def every_case() -> Iterator[Any]:
    for name, operator in OPERATORS.items():
        contract = stream_operator_contract(operator, keeps_failures=name == "outcomes", max_points=10)
        for case in contract.cases():
            yield pytest.param(case, id=f"{name}-{case.__name__}")


@pytest.fixture(scope="module")
def _thaw() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _little_garbage(_thaw: None) -> None:
    """Each sweep collects garbage, run by run: take what is there already out of the collector's sight."""
    gc.freeze()


@pytest.mark.parametrize("case", list(every_case()))
def test_operator(case: Callable[[], None]) -> None:
    case()
