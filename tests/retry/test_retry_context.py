"""retry_context: the block form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.retry import Attempt, AttemptScope, RetryContext, RetryPolicy, no_jitter, retry_context

POLICY = RetryPolicy(on=ConnectionError, jitter=no_jitter, base_delay=1.0)


async def loop(policy: RetryPolicy | RetryContext, body: Callable[[AttemptScope], Awaitable[object]]) -> None:
    context = retry_context(policy) if isinstance(policy, RetryPolicy) else policy
    async for attempt in context:
        with attempt:
            await body(attempt)


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0, "attempt_timeout": 50.0}])
async def test_repeats_the_block_until_it_succeeds(autojump_clock: Any, options: Any) -> None:
    seen: list[tuple[int, float]] = []
    async for attempt in retry_context(POLICY.with_(**options)):
        with attempt:
            seen.append((attempt.number, trio.current_time()))
            await trio.lowlevel.checkpoint()
            if attempt.number < 4:
                raise ConnectionError
    assert seen == [(1, 0.0), (2, 1.0), (3, 3.0), (4, 7.0)]


async def test_with_gives_the_attempt_itself() -> None:
    async for attempt in retry_context(POLICY):
        assert isinstance(attempt, AttemptScope)
        with attempt as entered:
            assert entered is attempt


async def test_rest_of_the_body_runs_after_every_attempt(autojump_clock: Any) -> None:
    after: list[int] = []
    async for attempt in retry_context(POLICY):
        with attempt:
            await trio.lowlevel.checkpoint()
            if attempt.number < 3:
                raise ConnectionError
        after.append(attempt.number)
    assert after == [1, 2, 3]


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0}])
async def test_leaving_the_block_early_is_success(autojump_clock: Any, options: Any) -> None:
    policy = POLICY.with_(**options)

    async def returns() -> str:
        async for attempt in retry_context(policy):
            with attempt:
                await trio.lowlevel.checkpoint()
                return "value"
        raise AssertionError

    assert await returns() == "value"
    rounds = 0
    async for attempt in retry_context(policy):
        with attempt:
            rounds += 1
            break
    async for attempt in retry_context(policy):
        with attempt:
            rounds += 1
            continue
    assert rounds == 2


async def test_breaking_out_leaves_nothing_to_close(autojump_clock: Any) -> None:
    """The iterator is no async generator: nothing for the garbage collector, no ResourceWarning."""
    iterator = aiter(retry_context(POLICY.with_(timeout=10.0)))
    assert not hasattr(iterator, "aclose")
    async for _ in iterator:
        break
    # Had a scope of the loop stayed open, its deadline would still count here.
    assert trio.current_effective_deadline() == float("inf")
    await trio.sleep(20)


async def test_giving_up_raises_the_last_exception_with_its_note(autojump_clock: Any) -> None:
    async def body(attempt: AttemptScope) -> None:
        await trio.lowlevel.checkpoint()
        raise errors[attempt.number - 1]

    errors = [ConnectionError("a"), ConnectionError("b")]
    with pytest.raises(ConnectionError, match="b") as info:
        await loop(POLICY.with_(attempts=2), body)
    assert info.value is errors[1]
    assert info.value.__context__ is info.value.__cause__ is None
    assert info.value.__notes__ == [
        "retry_context: gave up after 2 attempts, no attempts left:\n"
        "  1: ConnectionError('a'), next call 1 s later\n"
        "  2: ConnectionError('b')"
    ]


async def test_permanent_error_leaves_at_once(autojump_clock: Any) -> None:
    async def body(attempt: AttemptScope) -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await loop(POLICY, body)
    assert trio.current_time() == 0.0


async def test_loop_ends_after_an_error_that_was_caught_between(autojump_clock: Any) -> None:
    rounds = 0
    async for attempt in retry_context(POLICY):
        try:
            with attempt:
                rounds += 1
                await trio.lowlevel.checkpoint()
                raise ValueError
        except ValueError:
            pass
    assert rounds == 1


async def test_error_outside_of_the_with_is_not_retried() -> None:
    async def run() -> None:
        async for attempt in retry_context(POLICY):
            with attempt:
                await trio.lowlevel.checkpoint()
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await run()


async def test_on_retry_is_awaited_between_attempts(autojump_clock: Any) -> None:
    async def on_retry(attempt: Attempt) -> None:
        await trio.sleep(0.5)
        seen.append((attempt.number, trio.current_time()))

    seen: list[tuple[int, float]] = []
    async for attempt in retry_context(POLICY.with_(on_retry=on_retry)):
        with attempt:
            await trio.lowlevel.checkpoint()
            if attempt.number < 3:
                raise ConnectionError
    assert seen == [(1, 0.5), (2, 1.5)]
    assert trio.current_time() == 3.0


async def test_attempt_timeout_bounds_each_block(autojump_clock: Any) -> None:
    policy = POLICY.with_(attempt_timeout=2.0, on=(ConnectionError, trio.TooSlowError))
    starts: list[float] = []
    async for attempt in retry_context(policy):
        with attempt:
            starts.append(trio.current_time())
            await trio.sleep(10 if attempt.number < 3 else 1)
    assert starts == [0.0, 3.0, 7.0]


async def test_timeout_bounds_the_loop_from_its_start(autojump_clock: Any) -> None:
    async def body(attempt: AttemptScope) -> None:
        await trio.sleep(1)
        if attempt.number < 2:
            raise error
        await trio.sleep_forever()

    context = retry_context(POLICY.with_(timeout=5.0))
    await trio.sleep(100)
    error = ConnectionError("a")
    with pytest.raises(trio.TooSlowError, match=r"^retry_context took longer than timeout=5 s\n") as info:
        await loop(context, body)
    assert trio.current_time() == 105.0
    assert info.value.__cause__ is error


async def test_code_between_the_attempts_is_not_bounded_but_counts(autojump_clock: Any) -> None:
    async def run() -> None:
        async for attempt in retry_context(POLICY.with_(timeout=5.0, attempts=3)):
            with attempt:
                await trio.lowlevel.checkpoint()
                raise ConnectionError(attempt.number)
            await trio.sleep(3.5)

    # Due at 1.0, started at 3.5; the next would be due at 5.5.
    with pytest.raises(ConnectionError) as info:
        await run()
    assert (trio.current_time(), info.value.args) == (3.5, (2,))


async def test_cancelled_in_the_block_and_between_blocks(autojump_clock: Any) -> None:
    for seconds in (0.5, 1.5, 2.5):
        numbers: list[int] = []
        start = trio.current_time()
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def canceller() -> None:
                    await trio.sleep(seconds)  # noqa: B023
                    nursery.cancel_scope.cancel()

                async for attempt in retry_context(POLICY.with_(multiplier=1.0)):
                    with attempt:
                        numbers.append(attempt.number)
                        await trio.sleep(1)
                        raise ConnectionError
        assert not scope.cancelled_caught  # the nursery's own scope took it
        assert trio.current_time() == start + seconds
        assert numbers == ([1, 2] if seconds > 2 else [1])


async def test_iterator_is_at_its_end_after_a_cancelled_pause(autojump_clock: Any) -> None:
    iterator = aiter(retry_context(POLICY))
    with await anext(iterator):
        raise ConnectionError
    with trio.move_on_after(0.5) as scope:
        await anext(iterator)
    assert scope.cancelled_caught
    with pytest.raises(StopAsyncIteration):
        await anext(iterator)


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0}])
async def test_keyboard_interrupt_passes(options: Any) -> None:
    async def body(attempt: AttemptScope) -> None:
        assert attempt.number == 1
        await trio.lowlevel.checkpoint()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await loop(POLICY.with_(**options), body)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ConnectionError])
async def test_group_left_over_after_an_attempt_timeout(autojump_clock: Any, error: Any) -> None:
    """The scope takes the cancellations out; what a cleanup raised beside them is judged, or passes."""

    async def fails_in_cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise error

    async def body(attempt: AttemptScope) -> None:
        rounds.append(attempt.number)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fails_in_cleanup)
            nursery.start_soon(trio.sleep_forever)

    rounds: list[int] = []
    with pytest.RaisesGroup(error):
        await loop(POLICY.with_(attempt_timeout=1.0, attempts=2), body)
    assert rounds == ([1] if error is KeyboardInterrupt else [1, 2])


async def test_each_loop_over_one_context_starts_anew(autojump_clock: Any) -> None:
    context = retry_context(POLICY.with_(attempts=2))
    for _ in range(2):
        numbers: list[int] = []
        async for attempt in context:
            with attempt:
                numbers.append(attempt.number)
                await trio.lowlevel.checkpoint()
                if attempt.number == 1:
                    raise ConnectionError
        assert numbers == [1, 2]


async def test_no_checkpoint_of_its_own_when_the_block_succeeds_at_once() -> None:
    with trio.testing.assert_no_checkpoints():
        async for attempt in retry_context(POLICY):
            with attempt:
                pass


async def test_same_exception_object_again_and_again_has_one_note(autojump_clock: Any) -> None:
    async def body(attempt: AttemptScope) -> None:
        await trio.lowlevel.checkpoint()
        raise same

    same = ConnectionError()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await loop(POLICY.with_(attempts=3), body)
    assert len(same.__notes__) == 1


# --- misuse ------------------------------------------------------------------------------------------------


async def test_loop_that_forgets_the_with_is_told() -> None:
    """It would otherwise run the body for ever, or once, and call that success."""

    async def run() -> None:
        async for attempt in retry_context(POLICY):
            rounds.append(attempt.number)

    rounds: list[int] = []
    with pytest.raises(RuntimeError, match=r"^the attempt was not used: write `with attempt:`"):
        await run()
    assert rounds == [1]


async def test_next_attempt_inside_an_open_one_is_refused() -> None:
    iterator = aiter(retry_context(POLICY))
    with await anext(iterator):
        with pytest.raises(RuntimeError, match="write `with attempt:`"):
            await anext(iterator)


async def test_attempt_is_entered_only_once() -> None:
    async for attempt in retry_context(POLICY):
        with attempt:
            with pytest.raises(RuntimeError, match=r"^an attempt can be entered only once"), attempt:
                pass
        with pytest.raises(RuntimeError, match=r"^an attempt can be entered only once"), attempt:
            pass


@pytest.mark.parametrize("policy", [None, 3, ConnectionError])
def test_policy_of_another_type_is_refused_at_the_call(policy: Any) -> None:
    with pytest.raises(TypeError, match="policy must be a RetryPolicy, got"):
        retry_context(policy)
