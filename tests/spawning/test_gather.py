"""`gather`: all results in argument order, or the first failure."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio.testing

from trio_patterns.spawning import gather


async def test_results_come_in_argument_order(autojump_clock, sleep_then):
    assert await gather(
        partial(sleep_then, 2, "a"), partial(sleep_then, 1, "b"), lambda: sleep_then(3, "c")
    ) == (
        "a",
        "b",
        "c",
    )
    assert trio.current_time() == 3


async def test_nothing_gives_an_empty_tuple():
    with trio.testing.assert_checkpoints():
        assert await gather() == ()


@pytest.mark.parametrize("count", [1, 10, 100])
async def test_all_run_at_once(autojump_clock, sleep_then, count):
    assert await gather(*[partial(sleep_then, 1, n) for n in range(count)]) == tuple(range(count))
    assert trio.current_time() == 1


async def test_the_first_failure_cancels_the_rest_and_comes_as_itself(
    autojump_clock, sleep_then, clean_up_for
):
    log = []
    failure = ValueError("no")
    failure.__cause__ = cause = KeyError("cause")
    with pytest.raises(ValueError, match="no") as info:
        await gather(partial(sleep_then, 1, failure), partial(clean_up_for, 2, log, "cleaned up"))
    assert info.value is failure
    assert failure.__cause__ is cause
    assert log == ["cleaned up"]
    assert trio.current_time() == 2


async def test_several_failures_come_as_a_group(autojump_clock, sleep_then, fail_in_cleanup):
    with pytest.RaisesGroup(ValueError, OSError):
        await gather(partial(sleep_then, 1, ValueError()), partial(fail_in_cleanup, OSError()))


async def test_an_interrupt_passes_through(autojump_clock, sleep_then):
    with pytest.raises(KeyboardInterrupt):
        await gather(partial(sleep_then, 1, KeyboardInterrupt()), trio.sleep_forever)


async def test_a_cancelled_caller_cancels_and_awaits_the_functions(autojump_clock, sleep_then, clean_up_for):
    log = []
    with trio.move_on_after(1) as scope:
        await gather(partial(clean_up_for, 2, log, "a"), partial(clean_up_for, 4, log, "b"))
    assert scope.cancelled_caught
    assert log == ["a", "b"]
    assert trio.current_time() == 3


async def test_nothing_starts_in_a_cancelled_scope():
    with trio.CancelScope() as scope:
        scope.cancel()
        await gather(partial(pytest.fail, "started"))
    assert scope.cancelled_caught


async def test_tasks_have_the_names_of_their_functions():
    async def show():
        return trio.lowlevel.current_task().name

    (name,) = await gather(show)
    assert name.endswith("show")


async def test_a_coroutine_is_refused_by_its_position(sleep_then):
    """All coroutine objects are closed, so that none of them warns beside the exception."""
    with pytest.raises(
        TypeError, match=r"async_fns\[1\] must be an async function, got the coroutine object"
    ):
        await gather(partial(sleep_then, 1), sleep_then(1), sleep_then(2))


async def test_what_is_no_coroutine_is_not_closed_when_another_is_refused(sleep_then):
    class Connection:
        """Something to call that has a ``close`` of its own."""

        async def __call__(self):
            pass  # pragma: no cover

        def close(self):
            pytest.fail("closed")  # pragma: no cover

    with pytest.raises(TypeError, match=r"async_fns\[1\] must be an async function"):
        await gather(Connection(), sleep_then(1))


@pytest.mark.parametrize("fn", [None, [trio.sleep_forever]])
async def test_what_is_no_function_is_refused_by_its_position(fn):
    with pytest.raises(TypeError, match=r"async_fns\[1\] must be an async function, got"):
        await gather(trio.sleep_forever, fn)


async def test_a_function_that_gives_no_awaitable_is_refused_by_its_position():
    with pytest.raises(TypeError, match=r"^async_fns\[1\] must be .*, but <function .*> returned 3, which"):
        await gather(trio.sleep_forever, lambda: 3)
