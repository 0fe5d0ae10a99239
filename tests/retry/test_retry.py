"""retry: one call, repeated after failures that may pass."""

from __future__ import annotations

import gc
import random
import re
import traceback
import weakref
from contextlib import suppress
from functools import partial
from itertools import repeat
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.retry import Attempt, Backoff, RetryPolicy, additive_jitter, no_jitter, retry

POLICY = RetryPolicy(on=ConnectionError, jitter=no_jitter)


async def test_success_at_once_is_returned_without_any_delay(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky([])
    assert await retry(fn, 1, "a", policy=POLICY) == (1, "a")
    assert fn.times == [0.0]


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0}, {"attempt_timeout": 100.0}])
async def test_repeats_after_growing_delays_until_it_returns(
    flaky: Any, autojump_clock: Any, options: Any
) -> None:
    fn = flaky([ConnectionError(1), ConnectionError(2), ConnectionError(3)])
    policy = POLICY.with_(base_delay=1.0, **options)
    assert await retry(fn, "x", policy=policy) == ("x",)
    assert fn.times == [0.0, 1.0, 3.0, 7.0]


async def test_attempts_counts_calls(flaky: Any, autojump_clock: Any) -> None:
    for attempts in (1, 2, 10):
        fn = flaky(ConnectionError(n) for n in range(100))
        with pytest.raises(ConnectionError, match=rf"^{attempts - 1}\n"):
            await retry(fn, policy=POLICY.with_(attempts=attempts))
        assert len(fn.times) == attempts


async def test_delays_are_those_that_the_policy_foretells(flaky: Any, autojump_clock: Any) -> None:
    def policy() -> RetryPolicy:
        return RetryPolicy(on=ConnectionError, attempts=8, rng=random.Random(3), jitter=additive_jitter(1.0))

    waited: list[float] = []
    with pytest.raises(ConnectionError):
        await retry(
            flaky(repeat(ConnectionError())), policy=policy().with_(on_retry=lambda a: waited.append(a.delay))
        )
    assert waited == list(policy().delays())
    assert trio.current_time() == pytest.approx(sum(waited))


async def test_jitter_is_told_the_delay_that_was_really_waited(flaky: Any, autojump_clock: Any) -> None:
    def jitter(backoff: Backoff) -> float:
        previous.append(backoff.previous)
        return backoff.delay / 2

    previous: list[float] = []
    hints: dict[Any, float | None] = {1: None, 2: 7.0, 3: None}
    fn = flaky(ConnectionError(n) for n in hints)
    policy = POLICY.with_(base_delay=1.0, jitter=jitter, retry_after=lambda error: hints[error.args[0]])
    await retry(fn, policy=policy)
    assert previous == [1.0, 7.0]
    assert fn.times == [0.0, 0.5, 7.5, 9.5]


async def test_waits_on_trios_clock_only(flaky: Any, autojump_clock: Any) -> None:
    """An hour of delays takes no real time under a virtual clock."""
    fn = flaky([ConnectionError()] * 2)
    await retry(fn, policy=POLICY.with_(base_delay=1800.0, multiplier=1.0, max_delay=1800.0))
    assert fn.times == [0.0, 1800.0, 3600.0]


# --- what is retried ---------------------------------------------------------------------------------------


async def test_permanent_error_is_raised_at_once(flaky: Any, autojump_clock: Any) -> None:
    error = ValueError("no")
    fn = flaky([error])
    with pytest.raises(ValueError, match="no") as info:
        await retry(fn, policy=POLICY)
    assert info.value is error
    assert fn.times == [0.0]
    assert not hasattr(error, "__notes__")


async def test_on_takes_a_tuple_or_a_predicate(flaky: Any, autojump_clock: Any) -> None:
    def has_even_number(error: Exception) -> bool:
        return bool(error.args[0] % 2 == 0)

    await retry(
        flaky([ConnectionError(), KeyError()]), policy=POLICY.with_(on=(ConnectionError, LookupError))
    )
    fn = flaky([ValueError(2), ValueError(4), ValueError(5), ValueError(6)])
    with pytest.raises(ValueError, match="5"):
        await retry(fn, policy=POLICY.with_(on=has_even_number))
    assert len(fn.times) == 3


@pytest.mark.parametrize("predicate", [False, True])
async def test_group_is_retried_only_if_every_leaf_is(
    flaky: Any, autojump_clock: Any, predicate: bool
) -> None:
    on: Any = (lambda error: isinstance(error, ConnectionError)) if predicate else ConnectionError
    policy = POLICY.with_(on=on)
    passing = ExceptionGroup(
        "", [ConnectionError(), ExceptionGroup("", [BrokenPipeError(), ConnectionError()])]
    )
    assert await retry(flaky([passing]), policy=policy) == ()
    mixed = ExceptionGroup("", [ConnectionError(), ExceptionGroup("", [ConnectionError(), ValueError()])])
    fn = flaky([mixed])
    with pytest.RaisesGroup(ConnectionError, pytest.RaisesGroup(ConnectionError, ValueError)) as info:
        await retry(fn, policy=policy)
    assert info.value is mixed
    assert len(fn.times) == 1


@pytest.mark.parametrize("options", [{}, {"timeout": 50.0}])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
async def test_keyboard_interrupt_and_system_exit_pass(
    flaky: Any, autojump_clock: Any, error: Any, options: Any
) -> None:
    asked: list[Exception] = []
    policy = POLICY.with_(on=lambda e: not asked.append(e), **options)  # type: ignore[func-returns-value]
    for wrapped in (error, BaseExceptionGroup("", [ConnectionError(), error])):
        fn = flaky([wrapped])
        with pytest.raises(type(wrapped)) as info:
            await retry(fn, policy=policy)
        assert info.value is wrapped
        assert (len(fn.times), asked) == (1, [])


@pytest.mark.parametrize("options", [{}, {"timeout": 50.0, "attempt_timeout": 30.0}])
async def test_cancelled_inside_a_group_is_never_retried(autojump_clock: Any, options: Any) -> None:
    """A task group that was cancelled while a child failed is cancelled; only the error is left of it."""
    calls = 0

    async def fails_in_cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ConnectionError("in cleanup")

    async def fn() -> None:
        nonlocal calls
        calls += 1
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_in_cleanup)
            nursery.start_soon(trio.sleep_forever)

    with pytest.RaisesGroup(pytest.RaisesExc(ConnectionError, match="in cleanup")):
        with trio.move_on_after(10) as scope:
            await retry(fn, policy=RetryPolicy(on=Exception, **options))
    assert calls == 1
    assert scope.cancelled_caught


async def test_cancelled_is_never_retried_nor_shown_to_the_predicate(autojump_clock: Any) -> None:
    calls = 0
    asked: list[Exception] = []

    async def fn() -> None:
        nonlocal calls
        calls += 1
        await trio.sleep_forever()

    with trio.move_on_after(1) as scope:
        await retry(fn, policy=RetryPolicy(on=lambda e: not asked.append(e)))  # type: ignore[func-returns-value]
    assert (calls, asked, scope.cancelled_caught, trio.current_time()) == (1, [], True, 1.0)


# --- giving up ---------------------------------------------------------------------------------------------


async def test_giving_up_raises_the_last_exception_itself(flaky: Any, autojump_clock: Any) -> None:
    errors = [ConnectionError(n) for n in range(3)]
    with pytest.raises(ConnectionError) as info:
        await retry(flaky(errors), policy=POLICY.with_(attempts=3))
    assert info.value is errors[2]
    assert info.value.__cause__ is info.value.__context__ is None


async def test_traceback_shows_where_it_was_raised(autojump_clock: Any) -> None:
    async def deep() -> None:
        await trio.lowlevel.checkpoint()
        raise ConnectionError("here")

    async def fn() -> None:
        await deep()

    with pytest.raises(ConnectionError) as info:
        await retry(fn, policy=POLICY.with_(attempts=2))
    names = [frame.name for frame in traceback.extract_tb(info.value.__traceback__)]
    assert names[-2:] == ["fn", "deep"]
    assert len(names) == len(set(names))


async def test_note_lists_every_attempt_with_error_and_delay(flaky: Any, autojump_clock: Any) -> None:
    with pytest.raises(ConnectionError) as info:
        await retry(
            flaky([ConnectionError("a"), ConnectionError("b"), ConnectionError("c")]),
            policy=POLICY.with_(attempts=3, base_delay=0.5),
        )
    (note,) = info.value.__notes__
    title, *lines = note.splitlines()
    assert title.startswith("retry of ")
    assert title.endswith("gave up after 3 attempts, no attempts left:")
    assert lines == [
        "  1: ConnectionError('a'), next call 0.5 s later",
        "  2: ConnectionError('b'), next call 1 s later",
        "  3: ConnectionError('c')",
    ]


async def test_note_names_the_function(autojump_clock: Any) -> None:
    async def fetch(_: int) -> None:
        await trio.lowlevel.checkpoint()
        raise ConnectionError

    for fn, name in ((partial(partial(fetch), 1), "fetch:"), (flaky_object := _Flaky(), repr(flaky_object))):
        with pytest.raises(ConnectionError) as info:
            await retry(fn, policy=POLICY.with_(attempts=1))
        assert name in info.value.__notes__[0]
        assert "gave up after 1 attempt, no" in info.value.__notes__[0]


class _Flaky:
    async def __call__(self) -> None:
        raise ConnectionError


async def test_note_on_a_permanent_error_only_after_earlier_attempts(flaky: Any, autojump_clock: Any) -> None:
    with pytest.raises(ValueError, match="bad") as info:
        await retry(flaky([ConnectionError("a"), ValueError("bad")]), policy=POLICY)
    (note,) = info.value.__notes__
    assert "after 2 attempts, this error is not retried" in note
    assert note.splitlines()[1:] == [
        "  1: ConnectionError('a'), next call 0.1 s later",
        "  2: ValueError('bad')",
    ]


async def test_note_is_written_once_on_an_exception_raised_again_and_again(
    flaky: Any, autojump_clock: Any
) -> None:
    same = ConnectionError("same")
    same.add_note("the user's")
    fn = flaky(repeat(same))
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await retry(fn, policy=POLICY.with_(attempts=2))
    assert len(same.__notes__) == 2
    assert same.__notes__[0] == "the user's"
    assert same.__notes__[1].count("same") == 2


@pytest.mark.parametrize("in_group", [False, True])
async def test_nested_retries_leave_one_note_each(flaky: Any, autojump_clock: Any, in_group: bool) -> None:
    """The inner note tells of the last round alone, even if it is one and the same exception object."""
    same = ConnectionError("same")
    fn = flaky(repeat(same))

    async def inner() -> None:
        try:
            await retry(fn, policy=POLICY.with_(attempts=2))
        except ConnectionError as exc:
            if in_group:
                raise ExceptionGroup("wrapped", [exc]) from None
            raise

    expected: Any = pytest.RaisesGroup(ConnectionError) if in_group else pytest.raises(ConnectionError)
    with expected as info:
        await retry(inner, policy=POLICY.with_(attempts=3))
    assert len(fn.times) == 6
    notes = [*same.__notes__, *(info.value.__notes__ if in_group else [])]
    assert [note.count("\n") for note in notes] == [2, 3]


async def test_note_stays_small_after_very_many_attempts(flaky: Any, autojump_clock: Any) -> None:
    with pytest.raises(ConnectionError) as info:
        await retry(
            flaky(ConnectionError(str(n)) for n in range(1, 1000)),
            policy=POLICY.with_(attempts=250, multiplier=1.0),
        )
    lines = info.value.__notes__[0].splitlines()[1:]
    assert [line.split(":")[0].strip() for line in lines] == [
        *map(str, range(1, 51)),
        "... 150 more ...",
        *map(str, range(201, 251)),
    ]


async def test_note_shortens_endless_errors_and_survives_a_broken_repr(
    flaky: Any, autojump_clock: Any
) -> None:
    class BrokenError(ConnectionError):
        def __repr__(self) -> str:
            raise ZeroDivisionError

    with pytest.raises(ConnectionError) as info:
        await retry(flaky([BrokenError(), ConnectionError("x" * 10_000)]), policy=POLICY.with_(attempts=2))
    note = info.value.__notes__[0]
    assert "  1: BrokenError (its repr raised ZeroDivisionError), next" in note
    assert note.endswith(f"  2: ConnectionError('{'x' * 183}...")  # 200 characters of the repr

    just_fits = ConnectionError("x" * (200 - len("ConnectionError('')")))
    with pytest.raises(ConnectionError) as info:
        await retry(flaky([just_fits]), policy=POLICY.with_(attempts=1))
    assert info.value.__notes__[0].endswith(f"  1: {just_fits!r}")


# --- deadlines ---------------------------------------------------------------------------------------------


async def test_does_not_sleep_past_the_enclosing_deadline(flaky: Any, autojump_clock: Any) -> None:
    """The real error now, instead of a TooSlowError later."""
    fn = flaky(ConnectionError(n) for n in range(10))
    with pytest.raises(ConnectionError, match=r"^2\n") as info:
        with trio.fail_after(6.9):
            await retry(fn, policy=POLICY.with_(base_delay=1.0))
    assert fn.times == [0.0, 1.0, 3.0]
    assert trio.current_time() == 3.0
    assert "a deadline comes before the next call, due in 4 s" in info.value.__notes__[0]


async def test_delay_that_ends_just_before_the_deadline_is_waited(flaky: Any, autojump_clock: Any) -> None:
    for deadline, calls in ((7.0, 3), (7.125, 4)):
        fn = flaky(repeat(ConnectionError()))
        with pytest.raises(ConnectionError), trio.fail_after(deadline):
            await retry(fn, policy=POLICY.with_(base_delay=1.0))
        assert len(fn.times) == calls


async def test_no_other_call_in_a_scope_that_was_cancelled(autojump_clock: Any) -> None:
    calls = 0

    async def fn() -> None:
        nonlocal calls
        calls += 1
        await trio.lowlevel.checkpoint()
        scope.cancel()
        raise ConnectionError("the real error")

    with pytest.raises(ConnectionError, match="the real error"):
        with trio.CancelScope() as scope:
            await retry(fn, policy=POLICY.with_(base_delay=0))
    assert calls == 1


async def test_deadline_outside_a_shield_does_not_count(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky([ConnectionError()] * 3)
    with trio.move_on_after(2) as scope:
        with trio.CancelScope(shield=True):
            await retry(fn, policy=POLICY.with_(base_delay=1.0))
    assert fn.times == [0.0, 1.0, 3.0, 7.0]
    assert scope.deadline == 2.0


async def test_deadline_of_a_nested_retrys_attempt_counts_for_the_inner_one(
    flaky: Any, autojump_clock: Any
) -> None:
    fn = flaky(ConnectionError(n) for n in range(100))

    async def inner() -> None:
        await retry(fn, policy=POLICY.with_(base_delay=1.0))

    with pytest.raises(ConnectionError, match=r"^3\n"):
        await retry(inner, policy=POLICY.with_(attempts=2, attempt_timeout=2.5, base_delay=10))
    assert fn.times == [0.0, 1.0, 11.0, 12.0]


async def test_does_not_sleep_past_its_own_timeout(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky(ConnectionError(n) for n in range(10))
    with pytest.raises(ConnectionError, match=r"^2\n") as info:
        await retry(fn, policy=POLICY.with_(base_delay=1.0, timeout=6.5))
    assert trio.current_time() == 3.0
    assert "due in 4 s" in info.value.__notes__[0]


async def test_timeout_in_the_middle_of_a_call_is_too_slow_error(autojump_clock: Any) -> None:
    async def fn() -> None:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise errors[calls - 1]
        await trio.sleep_forever()

    calls, errors = 0, [ConnectionError("a"), ConnectionError("b")]
    # Not retried, although `on` would have it: the time for everything is up.
    policy = POLICY.with_(base_delay=1.0, timeout=5.0, on=(ConnectionError, trio.TooSlowError))
    with pytest.raises(trio.TooSlowError, match=r"fn took longer than timeout=5 s\n") as info:
        await retry(fn, policy=policy)
    assert (trio.current_time(), calls) == (5.0, 3)
    assert info.value.__cause__ is errors[1]
    (note,) = info.value.__notes__
    assert "gave up after 3 attempts, the timeout has passed" in note
    assert note.splitlines()[1:] == [
        "  1: ConnectionError('a'), next call 1 s later",
        "  2: ConnectionError('b'), next call 2 s later",
        "  3: cut off",
    ]


async def test_timeout_in_the_first_call_has_no_cause(autojump_clock: Any) -> None:
    with pytest.raises(trio.TooSlowError) as info:
        await retry(trio.sleep, 9, policy=POLICY.with_(timeout=5.0))
    assert info.value.__cause__ is None
    assert info.value.__suppress_context__
    assert trio.current_time() == 5.0


async def test_attempt_timeout_is_retried_only_where_on_says_so(autojump_clock: Any) -> None:
    async def fn() -> str:
        starts.append(trio.current_time())
        await trio.sleep(10 if len(starts) < 3 else 0.5)
        return "done"

    starts: list[float] = []
    policy = POLICY.with_(attempt_timeout=2.0, base_delay=1.0)
    assert await retry(fn, policy=policy.with_(on=(ConnectionError, trio.TooSlowError))) == "done"
    assert starts == [0.0, 3.0, 7.0]
    starts.clear()
    with pytest.raises(trio.TooSlowError, match=r"^attempt 1 took longer than attempt_timeout=2 s$") as info:
        await retry(fn, policy=policy)
    assert len(starts) == 1
    assert info.value.__cause__ is None
    assert info.value.__suppress_context__


async def test_attempt_timeouts_used_up_raise_the_last_one(autojump_clock: Any) -> None:
    policy = POLICY.with_(attempt_timeout=2.0, base_delay=1.0, on=trio.TooSlowError, attempts=2)
    with pytest.raises(trio.TooSlowError, match="attempt 2 took") as info:
        await retry(trio.sleep_forever, policy=policy)
    assert info.value.__notes__[0].splitlines()[1] == (
        "  1: TooSlowError('attempt 1 took longer than attempt_timeout=2 s'), next call 1 s later"
    )
    assert trio.current_time() == 5.0


async def test_outer_cancel_is_not_taken_for_an_attempt_timeout(autojump_clock: Any) -> None:
    """Also when both come at the same instant."""
    calls = 0

    async def fn() -> None:
        nonlocal calls
        calls += 1
        await trio.sleep_forever()

    for seconds in (1.0, 2.0):
        with trio.move_on_after(seconds) as scope:
            await retry(fn, policy=RetryPolicy(on=Exception, attempt_timeout=2.0, timeout=2.0))
        assert scope.cancelled_caught
    assert calls == 2


async def test_result_that_came_in_time_counts_although_the_deadline_has_passed(autojump_clock: Any) -> None:
    async def fn() -> str:
        with trio.CancelScope(shield=True):
            await trio.sleep(3)
        return "done"

    assert await retry(fn, policy=POLICY.with_(attempt_timeout=1, timeout=2)) == "done"


@pytest.mark.parametrize("options", [{"attempt_timeout": 1.0}, {"timeout": 1.0}])
@pytest.mark.parametrize("in_nursery", [False, True])
async def test_error_in_the_cleanup_after_a_timeout_is_the_one_that_counts(
    autojump_clock: Any, options: Any, in_nursery: bool
) -> None:
    """Its note says that there was a timeout, which the exception alone does not."""

    async def cleanup_fails() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("in cleanup")

    async def fn() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cleanup_fails)
            nursery.start_soon(trio.sleep_forever)

    error = pytest.RaisesExc(ValueError, match="in cleanup")
    expected: Any = pytest.RaisesGroup(error) if in_nursery else error
    with expected as info:
        await retry(fn if in_nursery else cleanup_fails, policy=POLICY.with_(**options))
    assert info.value.__notes__[0].endswith(f"  1: {info.value!r} (cut off by its timeout)")


async def test_retryable_error_in_the_cleanup_after_an_attempt_timeout_is_retried(
    autojump_clock: Any,
) -> None:
    async def cleanup_fails() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ConnectionError("in cleanup")

    async def fn() -> str:
        starts.append(trio.current_time())
        if len(starts) > 1:
            return "done"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cleanup_fails)
            nursery.start_soon(trio.sleep_forever)
        raise AssertionError

    starts: list[float] = []
    assert await retry(fn, policy=POLICY.with_(attempt_timeout=1.0, base_delay=1.0)) == "done"
    assert starts == [0.0, 2.0]


async def test_retryable_error_in_the_cleanup_after_the_timeout_is_not_retried(autojump_clock: Any) -> None:
    async def fn() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ConnectionError("in cleanup")

    with pytest.raises(ConnectionError, match="in cleanup") as info:
        await retry(fn, policy=POLICY.with_(timeout=1.0, base_delay=0.0))
    assert trio.current_time() == 1.0
    assert "a deadline comes before the next call" in info.value.__notes__[0]


# --- retry_after -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hint", "waited"),
    [
        (3, 3.0),
        (0, 0.0),
        (7.5, 7.5),
        (1e9, 20.0),
        (float("inf"), 20.0),
        (None, 0.5),
        (-1, 0.5),
        (float("-inf"), 0.5),
        (float("nan"), 0.5),
    ],
)
async def test_hint_overrides_the_delay_within_bounds(
    flaky: Any, autojump_clock: Any, hint: Any, waited: float
) -> None:
    """A server may ask for an hour, or send nonsense; neither is obeyed."""
    fn = flaky([ConnectionError()])
    policy = POLICY.with_(base_delay=0.5, max_delay=20.0, retry_after=lambda error: hint)
    await retry(fn, policy=policy)
    assert fn.times == [0.0, waited]


async def test_hint_is_taken_as_it_is_without_jitter(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky([ConnectionError()])
    await retry(fn, policy=RetryPolicy(on=ConnectionError, retry_after=lambda error: 3.0))
    assert fn.times == [0.0, 3.0]


async def test_longest_hint_in_a_group_counts(flaky: Any, autojump_clock: Any) -> None:
    group = ExceptionGroup(
        "",
        [
            ConnectionError(2),
            ConnectionError(None),
            ExceptionGroup("", [ConnectionError(9), ConnectionError(-5)]),
        ],
    )
    fn = flaky([group])
    await retry(fn, policy=POLICY.with_(retry_after=lambda error: error.args[0]))
    assert fn.times == [0.0, 9.0]


async def test_hint_beyond_the_deadline_gives_up_at_once(flaky: Any, autojump_clock: Any) -> None:
    with pytest.raises(ConnectionError):
        await retry(
            flaky([ConnectionError()]), policy=POLICY.with_(timeout=5.0, retry_after=lambda error: 6.0)
        )
    assert trio.current_time() == 0.0


@pytest.mark.parametrize("hint", ["120", True])
async def test_hint_that_is_no_number_is_refused(flaky: Any, autojump_clock: Any, hint: Any) -> None:
    with pytest.raises(TypeError, match="retry_after must return a number of seconds or None, got"):
        await retry(flaky([ConnectionError()]), policy=POLICY.with_(retry_after=lambda error: hint))


# --- on_retry ----------------------------------------------------------------------------------------------


async def test_on_retry_gets_each_failure_that_is_retried(flaky: Any, autojump_clock: Any) -> None:
    seen: list[tuple[Attempt, float]] = []
    errors = [ConnectionError("a"), ConnectionError("b"), ConnectionError("c")]
    with pytest.raises(ConnectionError, match="c"):
        await retry(
            flaky(errors),
            policy=POLICY.with_(attempts=3, on_retry=lambda a: seen.append((a, trio.current_time()))),
        )
    assert seen == [(Attempt(1, errors[0], 0.1), 0.0), (Attempt(2, errors[1], 0.2), 0.1)]


async def test_async_on_retry_is_awaited_and_is_part_of_the_delay(flaky: Any, autojump_clock: Any) -> None:
    async def on_retry(attempt: Attempt) -> None:
        await trio.sleep(0.75 if attempt.number == 1 else 5.0)

    fn = flaky([ConnectionError()] * 2)
    await retry(fn, policy=POLICY.with_(base_delay=1.0, on_retry=on_retry))
    assert fn.times == [0.0, 1.0, 6.0]


@pytest.mark.parametrize("option", ["on", "jitter", "retry_after", "on_retry"])
async def test_error_in_a_function_of_the_policy_ends_the_retrying(
    flaky: Any, autojump_clock: Any, option: str
) -> None:
    """And the failure of the call is not lost behind it."""

    def broken(_: object) -> Any:
        raise ConnectionError("in policy")

    original = ConnectionError("in fn")
    fn = flaky([original])
    with pytest.raises(ConnectionError, match="in policy") as info:
        await retry(fn, policy=POLICY.with_(**{option: broken}))  # type: ignore[misc]
    assert fn.times == [0.0]
    assert info.value.__context__ is original


async def test_error_of_on_retry_keeps_a_context_of_its_own(flaky: Any, autojump_clock: Any) -> None:
    async def on_retry(attempt: Attempt) -> None:
        await trio.lowlevel.checkpoint()
        try:
            raise own
        except ConnectionError:
            raise ConnectionError("in on_retry") from None

    own = ConnectionError("own")
    with pytest.raises(ConnectionError, match="in on_retry") as info:
        await retry(flaky([ConnectionError("in fn")]), policy=POLICY.with_(on_retry=on_retry))
    assert info.value.__context__ is own


async def test_repr_of_an_error_that_is_not_retried_is_never_asked_for(
    flaky: Any, autojump_clock: Any
) -> None:
    class CostlyError(Exception):
        def __repr__(self) -> str:
            asked.append(self)
            return super().__repr__()

    asked: list[CostlyError] = []
    with pytest.raises(CostlyError) as info:
        await retry(flaky([CostlyError()]), policy=POLICY)
    assert asked == []
    repr(info.value)
    assert asked == [info.value]


async def test_timeout_bounds_on_retry_too(flaky: Any, autojump_clock: Any) -> None:
    async def on_retry(attempt: Attempt) -> None:
        await trio.sleep_forever()

    error = ConnectionError("a")
    with pytest.raises(trio.TooSlowError) as info:
        await retry(flaky([error]), policy=POLICY.with_(timeout=2.0, on_retry=on_retry))
    assert trio.current_time() == 2.0
    assert info.value.__cause__ is error
    assert info.value.__notes__[0].splitlines()[1:] == ["  1: ConnectionError('a'), next call 0.1 s later"]


@pytest.mark.parametrize("layers", [1, 2, 3])
async def test_retries_inside_retries_multiply(flaky: Any, autojump_clock: Any, layers: int) -> None:
    """What the docs warn of: k layers of n retries are (n + 1)**k calls, and the error says who made them."""
    fn = flaky(repeat(ConnectionError()))
    call: Any = fn
    for _ in range(layers):
        call = partial(retry, call, policy=POLICY.with_(attempts=4, base_delay=0))
    with pytest.raises(ConnectionError) as info:
        await call()
    assert len(fn.times) == 4**layers
    assert len(info.value.__notes__) == layers


# --- cancellation and resources ----------------------------------------------------------------------------


async def test_cancelled_during_the_delay_ends_at_once(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky(repeat(ConnectionError()))
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(retry, fn, policy=POLICY.with_(base_delay=10.0)))
            await trio.sleep(3)
            scope.cancel()
    assert scope.cancelled_caught
    assert (trio.current_time(), fn.times) == (3.0, [0.0])


class _NoCheckpoint:
    """Fails the given number of times, without ever yielding."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def __call__(self) -> int:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        return 1


async def test_every_delay_is_a_checkpoint_also_one_of_zero_seconds() -> None:
    with trio.testing.assert_checkpoints():
        await retry(_NoCheckpoint(1), policy=POLICY.with_(base_delay=0))


async def test_no_checkpoint_of_its_own_when_the_first_call_succeeds() -> None:
    with trio.testing.assert_no_checkpoints():
        assert await retry(_NoCheckpoint(0), policy=POLICY) == 1


async def test_limiter_taken_inside_the_function_is_free_during_the_delay(autojump_clock: Any) -> None:
    limiter = trio.CapacityLimiter(1)
    got_it: list[float] = []

    async def fn() -> None:
        async with limiter:
            await trio.sleep(1)
            if trio.current_time() < 10:
                raise ConnectionError

    async def neighbour() -> None:
        await trio.sleep(2)
        async with limiter:
            got_it.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(neighbour)
        await retry(fn, policy=POLICY.with_(base_delay=20.0))
        assert limiter.borrowed_tokens == 0
    assert got_it == [2.0]


@pytest.mark.parametrize("options", [{}, {"attempt_timeout": 100.0}, {"on_retry": lambda attempt: None}])
async def test_nothing_of_a_failed_call_is_kept_in_the_delay_and_after(
    autojump_clock: Any, options: Any
) -> None:
    """A failed call's frame holds sockets and buffers; they must not wait for the garbage collector."""

    class Resource:
        pass

    async def fn() -> str:
        resource = Resource()
        await trio.lowlevel.checkpoint()
        alive = [ref() for ref in refs]
        refs.append(weakref.ref(resource))
        if len(refs) < 3:
            raise ConnectionError
        assert alive == [None, None]
        return "done"

    async def look_into_the_delays() -> None:
        for count in (1, 2):
            await trio.sleep(count - 0.5)
            assert [ref() for ref in refs] == [None] * count

    refs: list[weakref.ref[Resource]] = []
    gc.disable()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(look_into_the_delays)
            assert await retry(fn, policy=POLICY.with_(base_delay=1.0, **options)) == "done"
        assert [ref() for ref in refs] == [None, None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize("ending", ["success", "permanent error", "cancelled in the delay", "on_retry fails"])
async def test_nothing_is_kept_after_the_end_when_a_timeout_is_set(autojump_clock: Any, ending: str) -> None:
    """The cause kept for the timeout's error must not form a cycle with the frames in its traceback."""

    class Resource:
        pass

    async def fn() -> None:
        resource = Resource()
        await trio.lowlevel.checkpoint()
        refs.append(weakref.ref(resource))
        if len(refs) < 3:
            raise ConnectionError
        if ending == "permanent error":
            raise ValueError

    def on_retry(attempt: Attempt) -> None:
        if ending == "on_retry fails" and attempt.number == 2:
            raise ValueError

    async def cancel_later() -> None:
        await trio.sleep(1.5)
        scope.cancel()

    refs: list[weakref.ref[Resource]] = []
    policy = POLICY.with_(base_delay=1.0, timeout=100.0, on_retry=on_retry)
    gc.disable()
    try:
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope, suppress(ValueError):
                if ending == "cancelled in the delay":
                    nursery.start_soon(cancel_later)
                await retry(fn, policy=policy)
        assert [ref() for ref in refs] == [None] * (
            2 if ending in ("cancelled in the delay", "on_retry fails") else 3
        )
    finally:
        gc.enable()


async def test_a_hundred_concurrent_calls_of_one_policy_do_not_mix(flaky: Any, autojump_clock: Any) -> None:
    fns = [flaky([ConnectionError()] * (n % 4)) for n in range(100)]
    async with trio.open_nursery() as nursery:
        for fn in fns:
            nursery.start_soon(partial(retry, fn, policy=POLICY.with_(base_delay=1.0)))
    assert [len(fn.times) for fn in fns] == [n % 4 + 1 for n in range(100)]


# --- arguments ---------------------------------------------------------------------------------------------


async def _ok() -> None:
    await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("options", [{}, {"timeout": 10.0}])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_ok, r"async_fn must be an async function, got the coroutine object '_ok'.*`_ok, \.\.\.`"),
        (lambda: (x for x in ()), r"async_fn must be an async function, got the generator object"),
        (lambda: 5, r"async_fn must be an async function, got 5"),
        (lambda: None, r"async_fn must be an async function, got None"),
    ],
)
async def test_what_is_no_async_function_is_refused_even_if_on_takes_type_errors(
    make: Any, message: str, options: Any
) -> None:
    with pytest.raises(TypeError, match=message) as info:
        await retry(make(), policy=RetryPolicy(on=Exception, **options))
    assert info.value.__suppress_context__ or info.value.__context__ is None


@pytest.mark.parametrize("value", [5, None])
@pytest.mark.parametrize("options", [{}, {"timeout": 10.0}])
async def test_plain_function_is_refused_and_called_only_once(value: Any, options: Any) -> None:
    calls: list[int] = []

    def plain(number: int) -> Any:
        calls.append(number)
        return value

    with pytest.raises(
        TypeError, match=f"async_fn must be an async function, but .*plain.* returned {value}"
    ):
        await retry(plain, 7, policy=RetryPolicy(on=Exception, **options))
    assert calls == [7]


async def test_plain_function_that_returns_an_awaitable_will_do(autojump_clock: Any, flaky: Any) -> None:
    fn = flaky([ConnectionError()])
    assert await retry(lambda x: fn(x), 1, policy=POLICY) == (1,)


async def test_error_raised_before_there_is_a_coroutine_is_judged_too(autojump_clock: Any) -> None:
    calls = 0

    def fn() -> Any:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise ConnectionError
        return _ok()

    await retry(fn, policy=POLICY)
    assert calls == 3


@pytest.mark.parametrize("policy", [None, RetryPolicy, 3])
async def test_policy_of_another_type_is_refused_before_anything_starts(flaky: Any, policy: Any) -> None:
    fn = flaky([])
    with pytest.raises(TypeError, match=rf"^policy must be a RetryPolicy, got {re.escape(repr(policy))}"):
        await retry(fn, policy=policy)
    assert fn.times == []


@given(
    failures=st.integers(0, 12),
    attempts=st.integers(1, 10),
    base=st.floats(0, 5),
    timeout=st.none() | st.floats(0.1, 60),
)
def test_calls_and_times_are_what_the_policy_says(
    failures: int, attempts: int, base: float, timeout: float | None
) -> None:
    """However it ends, it ends in time, with the calls that were due and one outcome."""
    policy = POLICY.with_(attempts=attempts, base_delay=base, timeout=timeout, max_delay=20.0)
    times: list[float] = []

    async def fn() -> str:
        times.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if len(times) <= failures:
            raise ConnectionError(len(times))
        return "done"

    async def main() -> str | int:
        try:
            return await retry(fn, policy=policy)
        except ConnectionError as error:
            return int(error.args[0])

    outcome = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    due = [0.0]
    for delay in policy.delays():
        due.append(due[-1] + delay)
    expected = [time for time in due[: failures + 1] if timeout is None or time < timeout]
    assert times == pytest.approx(expected)
    assert outcome == ("done" if len(times) > failures else len(times))
