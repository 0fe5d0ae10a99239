"""The jitters: their ranges, and that they follow the delay."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.retry import (
    Backoff,
    RetryPolicy,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    full_jitter,
    no_jitter,
)

BACKOFF = Backoff(number=4, delay=8.0, previous=5.0, base_delay=1.0, max_delay=10.0, rng=random.Random(1))


class FixedRng(random.Random):
    """Draws the same number between 0 and 1 again and again."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def random(self) -> float:
        return self.value


def at(value: float, **changes: Any) -> Backoff:
    return replace(BACKOFF, rng=FixedRng(value), **changes)


@pytest.mark.parametrize(
    ("jitter", "lowest", "middle", "highest"),
    [
        (no_jitter, 8.0, 8.0, 8.0),
        (full_jitter, 0.0, 4.0, 8.0),
        (equal_jitter, 4.0, 6.0, 8.0),
        (decorrelated_jitter, 1.0, 8.0, 10.0),
        (additive_jitter(3.0), 8.0, 9.5, 11.0),
    ],
)
def test_range(jitter: Any, lowest: float, middle: float, highest: float) -> None:
    assert [jitter(at(0.0)), jitter(at(0.5)), jitter(at(1.0))] == [lowest, middle, highest]


def test_decorrelated_starts_from_the_base_delay() -> None:
    assert [decorrelated_jitter(at(x, previous=1.0)) for x in (0.0, 1.0)] == [1.0, 3.0]


def test_decorrelated_does_not_go_below_the_base_delay() -> None:
    """A hint of the server may have made the previous delay shorter than the base."""
    assert decorrelated_jitter(at(0.5, previous=0.0)) == 1.0


def test_decorrelated_survives_delays_at_the_end_of_the_float_range() -> None:
    huge = at(0.0, previous=1.7e308, max_delay=1.7e308)
    assert decorrelated_jitter(huge) == 1.0
    assert decorrelated_jitter(replace(huge, rng=FixedRng(1.0))) == 1.7e308


@pytest.mark.parametrize("jitter", [full_jitter, equal_jitter])
def test_spread_is_relative_to_the_delay(jitter: Any) -> None:
    """A jitter of up to a second whatever the base swamps 10 ms and does nothing for a minute."""
    for delay in (0.01, 60.0):
        drawn = [jitter(replace(BACKOFF, delay=delay)) for _ in range(1000)]
        assert 0.45 * delay < max(drawn) - min(drawn) <= delay


def test_full_jitter_is_even() -> None:
    drawn = [full_jitter(BACKOFF) for _ in range(4000)]
    assert mean(drawn) == pytest.approx(4.0, abs=0.2)


def test_additive_jitter_alone_may_exceed_the_cap() -> None:
    policy = RetryPolicy(
        on=OSError, attempts=100, max_delay=0.5, jitter=additive_jitter(1.0), rng=random.Random(1)
    )
    assert 0.5 < max(policy.delays()) <= 1.5


def test_additive_jitter_prints_like_its_call() -> None:
    assert repr(additive_jitter(1)) == "additive_jitter(1.0)"


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan])
def test_additive_jitter_refuses_nonsense(seconds: float) -> None:
    with pytest.raises(ValueError, match=f"seconds must be .* got {seconds}"):
        additive_jitter(seconds)
    with pytest.raises(TypeError, match=r"seconds must be .* got 'x'"):
        additive_jitter("x")  # type: ignore[arg-type]


@given(
    delay=st.floats(0, 1e300),
    previous=st.floats(0, 1e308),
    base=st.floats(0, 1e308),
    cap=st.floats(0, 1e308),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_ranges_hold_for_any_delay(
    delay: float, previous: float, base: float, cap: float, draw: float
) -> None:
    backoff = at(draw, delay=delay, previous=previous, base_delay=base, max_delay=cap)
    assert 0.0 <= full_jitter(backoff) <= delay
    assert delay / 2 <= equal_jitter(backoff) <= delay
    assert min(base, cap) <= decorrelated_jitter(backoff) <= cap
