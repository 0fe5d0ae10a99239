"""A model of retrying in plain Python, and the calls and policies that it and the real one follow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import trio
from hypothesis import strategies as st

from trio_patterns._core.groups import leaves
from trio_patterns.retry import Backoff


class Passing(Exception):
    def __init__(self, number: int, hint: float | None = None) -> None:
        super().__init__(number)
        self.hint = hint


class Lasting(Exception):
    hint: float | None = None


class OnRetryError(Exception):
    pass


@dataclass
class Call:
    seconds: float
    raises: tuple[str, ...] = ()  # of several a group; nothing for a value
    hint: float | None = None
    cleanup: float = 0.0
    cleanup_raises: str = ""  # "group": beside the cancellation
    stubborn: bool = False

    def error(self, number: int) -> Exception | None:
        hints = [self.hint, 0.5]
        errors = [
            Passing(number, hint) if kind == "passing" else Lasting(number)
            for kind, hint in zip(self.raises, hints, strict=False)
        ]
        return ExceptionGroup("both", errors) if len(errors) > 1 else errors[0] if errors else None


@dataclass
class Setting:
    """A policy's numbers, and what lies around the call."""

    attempts: int
    base: float
    most: float
    multiplier: float
    jitter: bool
    timeout: float
    attempt_timeout: float
    slow_passes: bool  # whether TooSlowError is among what is retried
    on_retry: float | str  # seconds, or "raises"
    deadline: float
    cancel_at: float


seconds = st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0])
calls = st.builds(
    Call,
    seconds,
    st.sampled_from([(), *[("passing",)] * 9, ("passing",) * 2, ("passing", "lasting"), ("lasting",)]),
    st.sampled_from([None, None, None, 0.0, 0.75, 100.0, -1.0, math.nan]),
    st.sampled_from([0.0, 0.0, 0.5, 2.0]),
    st.sampled_from(["", "", "passing", "lasting", "group"]),
    st.sampled_from([False, False, False, True]),
)
scripts = st.lists(st.lists(calls, min_size=3, max_size=5), min_size=1, max_size=2)
never = [math.inf] * 8
setups = st.builds(
    Setting,
    st.sampled_from([5, 4, 4, 3, 3, 2, 1]),
    st.sampled_from([0.5, 1.0, 0.0]),
    st.sampled_from([2.0, 1.0, 8.0]),
    st.sampled_from([2.0, 1.0, 3]),
    st.booleans(),
    st.sampled_from([*never, 1.0, 3.0, 6.5]),
    st.sampled_from([*never, 0.5, 1.0]),
    st.booleans(),
    st.sampled_from([*[0.0] * 6, 0.25, 0.25, 2.0, "raises"]),
    st.sampled_from([*never, 1.0, 3.0, 6.5]),
    st.sampled_from([*never, *[n + 2.0**-30 for n in (0, 1, 3, 5)]]),
)


def jitter(backoff: Backoff) -> float:
    return backoff.delay / 2 + backoff.previous / 4 + backoff.number / 8


def hint_of(error: BaseException) -> float | None:
    return getattr(error, "hint", None)


def described(error: BaseException) -> tuple[Any, ...]:
    if isinstance(error, trio.TooSlowError):
        whole = "than timeout" in str(error)
        return ("out of time", error.__cause__ and described(error.__cause__)) if whole else ("too slow",)
    names = [(type(leaf).__name__, *leaf.args) for leaf in leaves(error)]
    return ("group", *names) if isinstance(error, BaseExceptionGroup) else names[0]


def model(script: list[Call], a: Setting) -> list[Any]:
    """Return what is to be seen: calls, reports, and the end, each with its time."""
    log: list[Any] = []
    now, previous, cause = 0.0, a.base, None
    outside = min(a.deadline, a.cancel_at)
    for number, call in enumerate([*script, *[Call(0)] * 5], 1):
        log.append(("call", now))
        cut = min(now + a.attempt_timeout, a.timeout)
        error, plain, passes = call.error(number), True, "lasting" not in call.raises
        ends = now + call.seconds
        interrupted = not call.stubborn and min(cut, outside) <= ends
        now = min(cut, outside) + call.cleanup if interrupted else ends
        too_late = outside <= now  # the block around is cancelled
        if interrupted and call.cleanup_raises:
            passes = call.cleanup_raises != "lasting"
            error = Call(0, (call.cleanup_raises if passes is False else "passing",)).error(number)
            if call.cleanup_raises == "group":
                error, plain = ExceptionGroup("cleanup", [error]), not too_late  # type: ignore[list-item]
        elif interrupted:
            if too_late:
                return [*log, ("cancelled", now)]
            if cut == a.timeout:
                return [*log, ("end", now, ("out of time", cause), number)]
            error, passes = trio.TooSlowError(), a.slow_passes
        if error is None:
            return [*log, ("value", now, number)]
        seen = described(error)
        hints = [hint for hint in map(hint_of, leaves(error)) if hint is not None and hint >= 0]
        computed = min(a.most, a.base * a.multiplier ** (number - 1))
        if a.jitter:
            computed = computed / 2 + previous / 4 + number / 8
        delay = min(max(hints), a.most) if hints else computed
        wake = now + delay
        last = not passes or number == a.attempts or too_late or wake >= min(a.timeout, a.deadline)
        if last or not plain:
            told = plain and (number > 1 or passes or (cut <= now and seen != ("too slow",)))
            return [*log, ("end", now, seen, number if told else 0)]
        previous = delay
        if a.timeout < math.inf:
            cause = seen
        log.append(("report", now, number, seen, delay))
        if a.on_retry == "raises":
            return [*log, ("end", now, ("OnRetryError",), 0)]
        reported = now + float(a.on_retry)
        if a.on_retry and min(a.timeout, outside) <= reported:
            if outside <= a.timeout:
                return [*log, ("cancelled", outside)]
            return [*log, ("end", a.timeout, ("out of time", cause), number)]
        now = max(wake, reported)
        if outside <= now:
            return [*log, ("cancelled", outside)]
    raise AssertionError("the script has too few calls")
