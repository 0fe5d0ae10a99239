"""bounded_outcomes: what became of each item; nothing that is no item's outcome is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import outcome
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.backpressure import bounded_outcomes


async def reciprocal(x: int) -> float:
    await trio.sleep(1)
    return 1 / x


async def count_to(n: int) -> AsyncIterator[int]:
    for i in range(n):
        yield i


async def test_outcomes_come_in_input_order(autojump_clock):
    first, second, third = await bounded_outcomes(reciprocal, [1, 0, 4], limit=2)
    assert first == outcome.Value(1.0)
    assert isinstance(second, outcome.Error)
    assert isinstance(second.error, ZeroDivisionError)
    assert third.unwrap() == 0.25
    with pytest.raises(ZeroDivisionError):
        second.unwrap()


@pytest.mark.parametrize("kind", ["sync", "async", "limiter"])
async def test_one_failure_costs_no_other_result(kind, gauge, autojump_clock):
    """Collecting with ``unwrap`` turns one failure into the loss of all results."""

    async def work(x: int) -> int:
        with gauge:
            await trio.sleep(1)
            if x % 3 == 0:
                raise ValueError(x)
            return x

    items: Any = count_to(20) if kind == "async" else range(20)
    results = await bounded_outcomes(work, items, limit=trio.CapacityLimiter(4) if kind == "limiter" else 4)
    assert [r.unwrap() for r in results if isinstance(r, outcome.Value)] == [x for x in range(20) if x % 3]
    assert [r.error.args for r in results if isinstance(r, outcome.Error)] == [(x,) for x in range(0, 20, 3)]
    assert gauge.peak == 4
    assert trio.current_time() == 5


async def test_all_may_fail():
    async def work(x: int) -> None:
        raise ValueError(x)

    assert len(await bounded_outcomes(work, range(300), limit=2)) == 300


async def test_a_returned_outcome_is_a_value_like_any_other():
    async def work(x: int) -> Any:
        return outcome.Error(ValueError())

    [result] = await bounded_outcomes(work, [1])
    assert isinstance(result, outcome.Value)


async def test_an_exception_group_of_failures_is_an_outcome():
    async def work(x: int) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reciprocal, 0)

    [result] = await bounded_outcomes(work, [1])
    assert isinstance(result, outcome.Error)
    with pytest.RaisesGroup(ZeroDivisionError):
        result.unwrap()


async def test_a_timeout_of_the_items_own_is_an_outcome(autojump_clock):
    async def work(x: int) -> None:
        with trio.fail_after(x):
            await trio.sleep(2)

    short, long = await bounded_outcomes(work, [1, 3])
    assert isinstance(short, outcome.Error)
    assert isinstance(short.error, trio.TooSlowError)
    assert long == outcome.Value(None)


async def test_a_cancellation_is_never_stored(gauge, autojump_clock):
    async def work(x: int) -> None:
        with gauge:
            await trio.sleep(x)

    with trio.move_on_after(1.5) as scope:
        await bounded_outcomes(work, [1, 2, 3])
    assert scope.cancelled_caught
    assert (gauge.finished, gauge.cancelled) == (1, 2)


async def test_a_group_of_nothing_but_cancelled_counts_as_cancelled(autojump_clock):
    """Other libraries report such a group as a failure."""

    async def work(x: int) -> None:
        caught: list[BaseException] = []
        for _ in range(2):
            try:
                await trio.sleep(5)
            except trio.Cancelled as exc:
                caught.append(exc)
        raise BaseExceptionGroup("both", caught)

    with trio.move_on_after(1) as scope:
        await bounded_outcomes(work, [1])
    assert scope.cancelled_caught


async def test_a_group_that_mixes_a_failure_with_a_cancellation_passes_whole(autojump_clock):
    """The cancellation must go on, and the failure beside it must not be lost."""

    async def work(x: int) -> None:
        try:
            await trio.sleep(5)
        except trio.Cancelled as exc:
            raise BaseExceptionGroup("mixed", [exc, ValueError("cleanup")]) from None

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="cleanup")):
        with trio.move_on_after(1):
            await bounded_outcomes(work, [1])


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("exc", [KeyboardInterrupt(), SystemExit(3)])
async def test_interrupts_are_never_stored(exc, grouped):
    async def work(x: int) -> None:
        if grouped:
            raise BaseExceptionGroup("mixed", [exc, ValueError()])
        raise exc

    if grouped:
        with pytest.RaisesGroup(type(exc), ValueError):
            await bounded_outcomes(work, [1])
    else:
        with pytest.raises(type(exc)):
            await bounded_outcomes(work, [1])


async def test_it_is_always_a_checkpoint():
    with trio.testing.assert_checkpoints():
        await bounded_outcomes(reciprocal, [])


@given(results=st.lists(st.booleans(), max_size=30), limit=st.integers(1, 5))
def test_every_item_has_exactly_one_outcome_and_it_is_its_own(results, limit):
    async def work(item: tuple[int, bool]) -> int:
        index, good = item
        if index % 2:
            await trio.lowlevel.checkpoint()
        if not good:
            raise ValueError(index)
        return index

    outcomes = trio.run(lambda: bounded_outcomes(work, enumerate(results), limit=limit))
    assert len(outcomes) == len(results)
    for index, (good, result) in enumerate(zip(results, outcomes, strict=True)):
        if good:
            assert result == outcome.Value(index)
        else:
            assert isinstance(result, outcome.Error)
            assert result.error.args == (index,)
