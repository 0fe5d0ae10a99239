"""RetryPolicy: arguments, variants, and the delays it computes."""

from __future__ import annotations

import dataclasses
import math
import pickle
import random
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import pytest
import trio
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


def plain(**options: Any) -> RetryPolicy:
    return RetryPolicy(**{"on": OSError, "jitter": no_jitter, **options})


def test_delays_grow_by_the_multiplier_up_to_the_cap() -> None:
    assert list(plain(attempts=6, max_delay=1.0).delays()) == [0.1, 0.2, 0.4, 0.8, 1.0]


def test_delays_are_one_fewer_than_attempts() -> None:
    """``attempts`` counts calls, not repetitions of the first."""
    assert [len(list(plain(attempts=n).delays())) for n in (1, 2, 5)] == [0, 1, 4]


def test_defaults_are_those_of_the_contract() -> None:
    policy = RetryPolicy(on=OSError)
    assert (policy.attempts, policy.base_delay, policy.max_delay, policy.multiplier) == (5, 0.1, 30.0, 2.0)
    assert policy.jitter is full_jitter
    assert (policy.timeout, policy.attempt_timeout, policy.retry_after, policy.on_retry, policy.rng) == (
        None,
    ) * 5


def test_on_is_required() -> None:
    with pytest.raises(TypeError, match="'on'"):
        RetryPolicy()  # type: ignore[call-arg]


def test_delays_never_overflow_however_many_attempts() -> None:
    """Power-of-two backoff overflows a 32-bit integer at attempt 33 and a float at 1025."""
    delays = list(plain(attempts=1200, max_delay=60.0).delays())
    assert delays[33] == delays[1025] == delays[-1] == 60.0


@pytest.mark.parametrize("number", [33, 1100, 10**6, 10**400])
def test_any_delay_is_computed_without_overflow(number: int) -> None:
    assert plain(attempts=number + 1)._delay(number, 0.1) == 30.0


def test_delay_is_constant_with_multiplier_one() -> None:
    assert set(plain(attempts=10**4, multiplier=1.0).delays()) == {0.1}
    assert plain(multiplier=1)._delay(10**6, 0.1) == 0.1


def test_huge_multiplier_reaches_the_cap_at_once() -> None:
    assert list(plain(attempts=5, multiplier=1e308).delays()) == [0.1, 30.0, 30.0, 30.0]


def test_zero_base_delay_stays_zero() -> None:
    assert set(plain(attempts=2000, base_delay=0, multiplier=1e300).delays()) == {0.0}


def test_base_delay_above_the_cap_is_capped() -> None:
    assert list(plain(attempts=3, base_delay=5, max_delay=2).delays()) == [2, 2]


def test_with_gives_a_variant_and_leaves_the_original() -> None:
    policy = plain()
    other = policy.with_(attempts=3, timeout=2.0)
    assert (other.attempts, other.timeout, other.on) == (3, 2.0, OSError)
    assert (policy.attempts, policy.timeout) == (5, None)
    assert policy.with_() == policy


def test_policy_is_frozen_comparable_and_hashable() -> None:
    policy = RetryPolicy(on=(OSError, ValueError), jitter=additive_jitter(1.0))
    assert policy == RetryPolicy(on=(OSError, ValueError), jitter=additive_jitter(1.0))
    assert len({policy, policy.with_()}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.attempts = 3  # type: ignore[misc]


def test_policy_can_be_pickled_for_another_process() -> None:
    policy = RetryPolicy(on=OSError, jitter=additive_jitter(0.5), timeout=3.0)
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_seeded_rng_repeats_the_delays() -> None:
    def sample(seed: int) -> list[float]:
        return list(RetryPolicy(on=OSError, attempts=20, rng=random.Random(seed)).delays())

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_without_rng_the_delays_differ_whatever_the_global_seed() -> None:
    """Forked workers share the state of the global generator; the default must not draw from it."""
    policy = RetryPolicy(on=OSError, attempts=20)
    state = random.getstate()
    first = list(policy.delays())
    random.setstate(state)
    assert list(policy.delays()) != first
    assert random.getstate() == state


def test_what_jitter_is_told() -> None:
    seen: list[Backoff] = []

    def jitter(backoff: Backoff) -> float:
        seen.append(backoff)
        return backoff.delay + 7.0

    rng = random.Random(0)
    policy = plain(attempts=4, max_delay=0.3, jitter=jitter, rng=rng)
    # Not capped again: a jitter of the user's own decides by itself.
    assert list(policy.delays()) == [7.1, 7.2, 7.3]
    assert [(b.number, b.delay, b.previous) for b in seen] == [(1, 0.1, 0.1), (2, 0.2, 7.1), (3, 0.3, 7.2)]
    assert {(b.base_delay, b.max_delay, b.rng) for b in seen} == {(0.1, 0.3, rng)}


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_jitter_returning_nonsense_is_named(value: float) -> None:
    with pytest.raises(ValueError, match=r"the delay that jitter returned must be .*>= 0"):
        list(plain(jitter=lambda _: value).delays())


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"attempts": 0}, r"attempts must be an int >= 1, got 0"),
    ({"attempts": -3}, r"attempts must be .* got -3"),
    ({"base_delay": -1}, r"base_delay must be .* got -1"),
    ({"base_delay": math.nan}, r"base_delay must be .* got nan"),
    ({"base_delay": math.inf}, r"base_delay must be .* got inf"),
    ({"max_delay": -1}, r"max_delay must be .* got -1"),
    ({"max_delay": math.inf}, r"max_delay must be .* got inf"),
    ({"multiplier": 0.5}, r"multiplier must be .* >= 1 .* got 0\.5"),
    ({"multiplier": math.inf}, r"multiplier must be .* got inf"),
    ({"timeout": 0}, r"timeout must be .* > 0, got 0"),
    ({"timeout": math.nan}, r"timeout must be .* got nan"),
    ({"attempt_timeout": 0}, r"attempt_timeout must be .* > 0, got 0"),
    ({"attempt_timeout": -2}, r"attempt_timeout must be .* got -2"),
    ({"on": ()}, r"on must be .* empty tuple"),
    ({"on": BaseException}, r"on must not name more than subclasses of Exception, got .*BaseException"),
    (
        {"on": trio.Cancelled},
        r"on must not name .*Cancelled.*: cancellations, KeyboardInterrupt and SystemExit are never retried$",
    ),
    ({"on": (OSError, trio.Cancelled)}, r"on must not name .*Cancelled.* never retried"),
    ({"on": KeyboardInterrupt}, r"on must not name .*KeyboardInterrupt"),
    ({"on": SystemExit}, r"on must not name .*SystemExit"),
    ({"on": ExceptionGroup}, r"on must not name a group, got .*ExceptionGroup"),
    ({"on": BaseExceptionGroup}, r"on must not name a group, got .*BaseExceptionGroup"),
]

BAD_TYPES: list[tuple[dict[str, Any], str]] = [
    ({"attempts": 2.0}, r"attempts must be an int >= 1, got 2\.0"),
    ({"attempts": True}, r"attempts must be an int >= 1, got True"),
    ({"attempts": math.inf}, r"attempts must be an int >= 1, got inf"),
    ({"base_delay": "1"}, r"base_delay must be .* got '1'"),
    ({"max_delay": None}, r"max_delay must be .* got None"),
    ({"multiplier": None}, r"multiplier must be .* got None"),
    ({"timeout": "3"}, r"timeout must be .* got '3'"),
    ({"attempt_timeout": "3"}, r"attempt_timeout must be .* got '3'"),
    ({"jitter": 1.0}, r"jitter must be a plain .* got 1\.0"),
    ({"jitter": additive_jitter}, r"^jitter must be made by a call"),
    ({"retry_after": 3}, r"retry_after must be a plain .* got 3"),
    ({"on_retry": "log"}, r"on_retry must be a function, plain or async, got 'log'"),
    ({"rng": random}, r"rng must be a random\.Random, got <module"),
    ({"on": None}, r"on must be .* got None"),
    ({"on": int}, r"on must be an exception type.* got <class 'int'>"),
    ({"on": [OSError]}, r"on must be .* got \[<class 'OSError'>\]"),
    ({"on": (OSError, "x")}, r"on must be .* got \(<class 'OSError'>, 'x'\)"),
    ({"on": OSError("x")}, r"on must be .* got OSError\('x'\)"),
]


@pytest.mark.parametrize(("options", "message"), BAD_VALUES)
def test_value_out_of_range_fails_at_construction(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plain(**options)
    with pytest.raises(ValueError, match=message):
        plain().with_(**options)


@pytest.mark.parametrize(("options", "message"), BAD_TYPES)
def test_wrong_type_fails_at_construction(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        plain(**options)


@pytest.mark.parametrize("name", ["on", "jitter", "retry_after"])
def test_async_function_is_refused_where_the_answer_is_needed_at_once(name: str) -> None:
    async def answer(_: object) -> bool:
        await trio.lowlevel.checkpoint()
        return True

    with pytest.raises(TypeError, match=f"{name} must be a plain"):
        plain(**{name: answer})


def test_unknown_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="attemps"):
        plain().with_(attemps=3)  # type: ignore[call-arg]


def test_infinite_timeouts_are_no_timeouts() -> None:
    assert plain(timeout=math.inf, attempt_timeout=math.inf).timeout == math.inf


seconds = st.floats(min_value=1e-9, max_value=1e9)


@given(
    base=seconds,
    cap=seconds,
    multiplier=st.floats(min_value=1.0, max_value=1e6),
    number=st.integers(min_value=1, max_value=10**6),
)
def test_delay_follows_the_formula(base: float, cap: float, multiplier: float, number: int) -> None:
    """Against exact arithmetic: no jump where a power leaves the range of floats."""
    delay = plain(base_delay=base, max_delay=cap, multiplier=multiplier)._delay(number, base)
    log_exact = math.log(base) + (number - 1) * math.log(multiplier)
    if log_exact > math.log(cap) + 1e-6:
        assert delay == cap
    elif number <= 64:
        exact = min(Fraction(cap), Fraction(base) * Fraction(multiplier) ** (number - 1))
        assert delay == pytest.approx(float(exact), rel=1e-12)
    else:
        assert delay == pytest.approx(min(cap, math.exp(log_exact)), rel=1e-6)


@given(
    base=st.floats(0, 1e300), cap=st.floats(0, 1e300), multiplier=st.floats(min_value=1.0, max_value=1e300)
)
def test_delays_without_jitter_never_fall(base: float, cap: float, multiplier: float) -> None:
    policy = plain(base_delay=base, max_delay=cap, multiplier=multiplier)
    delays = [policy._delay(number, base) for number in (*range(1, 40), *range(1020, 1030), 10**6)]
    assert all(earlier <= later <= cap for earlier, later in pairwise(delays))


@given(
    base=st.floats(0, 1e308),
    cap=st.floats(0, 1e308),
    multiplier=st.floats(min_value=1.0, max_value=1e300),
    jitter=st.sampled_from([full_jitter, equal_jitter, decorrelated_jitter]),
    seed=st.integers(0, 2**32),
)
def test_relative_jitters_never_exceed_the_cap(
    base: float, cap: float, multiplier: float, jitter: Any, seed: int
) -> None:
    policy = plain(
        base_delay=base,
        max_delay=cap,
        multiplier=multiplier,
        jitter=jitter,
        attempts=10**9,
        rng=random.Random(seed),
    )
    assert all(0.0 <= delay <= cap for delay in islice(policy.delays(), 50))
