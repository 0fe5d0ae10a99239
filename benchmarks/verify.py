"""No time without the right result."""

from __future__ import annotations

from collections.abc import Sized
from itertools import count
from typing import Any

__all__ = ["WrongResult", "check_result"]


class WrongResult(Exception):  # noqa: N818 - says what it is
    """A contender did not do the work, so its time means nothing.

    Attributes:
      case: The slug of the case.
      contender: The contender's name.
    """

    def __init__(self, case: str, contender: str, what: str) -> None:
        super().__init__(f"case {case!r}: {contender!r} gave a wrong result: {what}")
        self.case = case
        self.contender = contender


def check_result(case: str, contender: str, got: object, expected: object) -> None:
    """Raise `WrongResult`, saying where it differs, unless both are equal."""
    if got != expected:
        raise WrongResult(case, contender, _difference(got, expected))


def _difference(got: Any, expected: Any) -> str:
    if not isinstance(got, list) or not isinstance(expected, list):
        return f"expected {_short(expected)}, got {_short(got)}"
    if len(got) != len(expected):
        return f"expected {_sized(expected)}, got {_sized(got)}"
    pairs = zip(count(), expected, got, strict=False)
    where, wanted, found = next(pair for pair in pairs if pair[1] != pair[2])
    return f"item {where} should be {_short(wanted)}, is {_short(found)}"


def _sized(items: Sized) -> str:
    return f"{len(items)} items"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
