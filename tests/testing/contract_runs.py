"""Run single cases of a contract suite, and read what they say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trio_patterns.testing import Contract


def case_of(contract: type[Contract], name: str) -> Callable[[], None]:
    """Return the case of this name, without its ``test_``."""
    return {case.__name__: case for case in contract.cases()}[f"test_{name}"]


def broken_promise(contract: type[Contract], name: str) -> str:
    """Run a case that must fail, and return what it says."""
    with pytest.raises(AssertionError) as caught:
        case_of(contract, name)()
    return str(caught.value)
