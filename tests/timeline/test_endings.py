"""Exceptions in words."""

from __future__ import annotations

import pytest
import trio

from trio_patterns.timeline.endings import because, ending_of
from trio_patterns.timeline.model import Cancellation, Ending


def test_several_failures_are_named_three_at_most() -> None:
    group = BaseExceptionGroup("", [ValueError(str(number)) for number in range(4)])
    assert ending_of(group) == Ending("failed", "ValueError: 0; ValueError: 1; ValueError: 2; and 1 more")
    assert ending_of(KeyboardInterrupt()) == Ending("failed", "KeyboardInterrupt")


def test_addresses_and_length_are_no_part_of_it() -> None:
    assert ending_of(ValueError(f"bad {object()!r}")) == Ending("failed", "ValueError: bad <object object>")
    assert len(ending_of(ValueError("x" * 1000)).text) == len("ValueError: ") + 200


async def test_a_cancellation_beside_a_failure_is_a_failure() -> None:
    caught: list[BaseException] = []
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as exc:
            caught.append(exc)
            raise
    assert ending_of(BaseExceptionGroup("", [*caught, KeyError("k")])).text == "KeyError: 'k'"
    assert ending_of(BaseExceptionGroup("", caught)).kind == "cancelled"


@pytest.mark.parametrize(
    ("cancelled", "words"),
    [
        (Cancellation(0, "explicit", "stop it", "boss"), "stop it (by boss)"),
        (Cancellation(0, "explicit", "", "boss"), "cancelled (by boss)"),
        (Cancellation(0, "explicit", "stop it", ""), "stop it"),
        (
            Cancellation(0, "nursery", "child task raised exception KeyError('k')", "a"),
            "a failed: KeyError('k')",
        ),
        (Cancellation(0, "nursery", "Code block inside nursery contextmanager raised", ""), None),
        (Cancellation(0, "deadline", "", ""), "deadline"),
        (Cancellation(0, "deadline", "too slow", ""), "too slow"),
    ],
)
def test_who_cancelled_and_why(cancelled: Cancellation, words: str | None) -> None:
    assert because(cancelled) == (words or cancelled.reason)
