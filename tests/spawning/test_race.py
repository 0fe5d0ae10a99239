"""`race`: the first success."""

from __future__ import annotations

import math
import time
from functools import partial

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from trio_patterns.spawning import race


async def test_the_first_success_wins_and_losers_are_awaited(autojump_clock, sleep_then, clean_up_for):
    log = []
    assert (
        await race(partial(clean_up_for, 2, log, "cleaned up"), partial(sleep_then, 1, "winner")) == "winner"
    )
    assert log == ["cleaned up"]
    assert trio.current_time() == 2


async def test_failures_before_the_win_are_part_of_racing(autojump_clock, sleep_then):
    assert (
        await race(
            partial(sleep_then, 1, ValueError()),
            partial(sleep_then, 3, "winner"),
            partial(sleep_then, 2, ExceptionGroup("own", [KeyError()])),
        )
        == "winner"
    )
    assert trio.current_time() == 3


async def test_none_is_a_result(autojump_clock, sleep_then):
    assert await race(partial(sleep_then, 1, None), partial(sleep_then, 2, "later")) is None


async def test_the_earliest_argument_wins_a_tie(autojump_clock, sleep_then):
    for _ in range(20):
        assert await race(partial(sleep_then, 1, "a"), partial(sleep_then, 1, "b")) == "a"


async def test_a_tie_without_any_wait():
    async def give(value):
        return value

    for _ in range(20):
        assert await race(partial(give, "a"), partial(give, "b")) == "a"


async def test_a_loser_that_ignores_its_cancellation_does_not_win(autojump_clock, sleep_then):
    async def stubborn():
        with trio.CancelScope(shield=True):
            await trio.sleep(2)
        return "stubborn"

    assert await race(stubborn, partial(sleep_then, 1, "winner")) == "winner"
    assert trio.current_time() == 2


async def test_all_failures_come_as_a_group_in_argument_order(autojump_clock, sleep_then):
    with pytest.RaisesGroup(ValueError, KeyError) as info:
        await race(partial(sleep_then, 2, ValueError()), partial(sleep_then, 1, KeyError()))
    assert [type(exc) for exc in info.value.exceptions] == [ValueError, KeyError]
    assert info.value.message == "every function of a race failed"
    assert trio.current_time() == 2


async def test_one_function_that_fails_raises_its_exception(autojump_clock, sleep_then):
    failure = ValueError("no")
    with pytest.raises(ValueError, match="no") as info:
        await race(partial(sleep_then, 1, failure))
    assert info.value is failure


async def test_what_a_loser_raises_in_its_cleanup_is_raised(autojump_clock, sleep_then, fail_in_cleanup):
    """No failure is dropped in silence: this one is no part of racing. A note tells who had won."""
    for _ in range(10):
        with pytest.raises(OSError, match="cleanup") as info:
            await race(partial(fail_in_cleanup, OSError("cleanup")), partial(sleep_then, 1, "winner"))
        assert info.value.__notes__ == ["raised in the cleanup of a race that argument 1 had won"]


async def test_a_slow_cleanup_that_fails(autojump_clock, sleep_then):
    async def loser():
        try:
            await trio.sleep_forever()
        except trio.Cancelled:  # noqa: ASYNC103
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
        raise OSError("cleanup")

    with pytest.raises(OSError, match="cleanup"):
        await race(loser, partial(sleep_then, 1, "winner"))
    assert trio.current_time() == 2


async def test_several_cleanup_failures_come_as_a_group(autojump_clock, sleep_then, fail_in_cleanup):
    with pytest.RaisesGroup(OSError, LookupError):
        await race(
            partial(fail_in_cleanup, OSError()),
            partial(fail_in_cleanup, LookupError()),
            partial(sleep_then, 1),
        )


async def test_a_nursery_of_a_loser_that_fails_in_its_cleanup(autojump_clock, sleep_then, fail_in_cleanup):
    """The group mixes failures with `Cancelled`: the failures come out, the cancellation does its work."""

    async def loser():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(fail_in_cleanup, OSError("cleanup"))

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="cleanup")):
        await race(loser, partial(sleep_then, 1, "winner"))


async def test_what_fails_in_its_cleanup_when_the_caller_is_cancelled_is_raised(
    autojump_clock, fail_in_cleanup
):
    for _ in range(10):
        with pytest.raises(OSError, match="cleanup") as info, trio.move_on_after(1):
            await race(partial(fail_in_cleanup, OSError("cleanup")), trio.sleep_forever)
        assert not hasattr(info.value, "__notes__")


async def test_a_function_one_step_behind_is_no_tie():
    async def step(count):
        for _ in range(count):
            await trio.lowlevel.checkpoint()
        return count

    for _ in range(20):
        assert await race(partial(step, 2), partial(step, 1)) == 1


async def test_an_interrupt_passes_through(autojump_clock, sleep_then):
    with pytest.raises(KeyboardInterrupt):
        await race(partial(sleep_then, 1, KeyboardInterrupt()), trio.sleep_forever)
    with pytest.raises(BaseExceptionGroup) as info:
        await race(
            partial(sleep_then, 1, BaseExceptionGroup("both", [KeyboardInterrupt(), ValueError()])),
            trio.sleep_forever,
        )
    assert [type(exc) for exc in info.value.exceptions] == [KeyboardInterrupt, ValueError]


async def test_a_cancelled_caller_cancels_and_awaits_the_functions(autojump_clock, clean_up_for):
    log = []
    with trio.move_on_after(1) as scope:
        await race(partial(clean_up_for, 2, log, "a"), partial(clean_up_for, 4, log, "b"))
    assert scope.cancelled_caught
    assert log == ["a", "b"]


async def test_nothing_starts_in_a_cancelled_scope():
    with trio.CancelScope() as scope:
        scope.cancel()
        await race(partial(pytest.fail, "started"))
    assert scope.cancelled_caught


async def test_stagger_gives_each_function_a_head_start(autojump_clock):
    starts = []

    async def work(name, seconds):
        starts.append((name, trio.current_time()))
        await trio.sleep(seconds)
        return name

    fns = [partial(work, name, seconds) for name, seconds in [("a", 10), ("b", 10), ("c", 0.25), ("d", 0)]]
    assert await race(*fns, stagger=0.5) == "c"
    assert starts == [("a", 0), ("b", 0.5), ("c", 1.0)]
    assert trio.current_time() == 1.25


async def test_a_failure_starts_the_next_function_at_once(autojump_clock, sleep_then):
    starts = []

    async def work(name, seconds, value):
        starts.append((name, trio.current_time()))
        return await sleep_then(seconds, value)

    assert (
        await race(
            partial(work, "a", 0.125, ValueError()),
            partial(work, "b", 9, ValueError()),
            partial(work, "c", 1, "winner"),
            stagger=0.5,
        )
        == "winner"
    )
    assert starts == [("a", 0), ("b", 0.125), ("c", 0.625)]


async def test_two_failures_start_two_functions(autojump_clock, sleep_then):
    starts = []

    async def work(name, seconds, value):
        starts.append((name, trio.current_time()))
        return await sleep_then(seconds, value)

    await race(
        partial(work, "a", 1.25, ValueError()),
        partial(work, "b", 0.25, ValueError()),  # fails at 1.25, like the first
        partial(work, "c", 9, "c"),
        partial(work, "d", 1, "d"),
        stagger=1,
    )
    assert sorted(starts) == [("a", 0), ("b", 1), ("c", 1.25), ("d", 1.25)]


async def test_an_infinite_stagger_is_a_chain_of_fallbacks(autojump_clock, sleep_then):
    assert (
        await race(partial(sleep_then, 5, ValueError()), partial(sleep_then, 5, "second"), stagger=math.inf)
        == "second"
    )
    assert trio.current_time() == 10


async def test_nothing_is_started_after_the_win(autojump_clock, sleep_then):
    """Also if the head start of the next is over at the very moment of the win."""
    started = []

    async def late():
        started.append(trio.current_time())
        await trio.sleep_forever()

    for _ in range(10):
        start = trio.current_time()
        slow = partial(sleep_then, 60)
        assert await race(slow, partial(sleep_then, 1, "winner"), late, stagger=1) == "winner"
        assert trio.current_time() == start + 2


async def test_a_win_at_the_end_of_a_head_start_is_seen_at_once():
    """On the real clock, where the next event may be far away: the win itself must wake the race."""

    async def hold_up_everything(seconds):
        time.sleep(seconds)  # noqa: ASYNC251  (so that both deadlines are over in the same scheduler pass)

    async def win():
        nursery.start_soon(hold_up_everything, 0.02)
        await trio.sleep(0.01)
        return "winner"

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            assert await race(partial(trio.sleep, 5), win, partial(trio.sleep, 5), stagger=0.01) == "winner"
    assert trio.current_time() - start < 2


async def test_no_function_is_refused():
    with pytest.raises(ValueError, match=r"^race\(\) needs at least one async function, got none$"):
        await race()


async def test_tasks_have_the_names_of_their_functions_and_see_who_has_won(autojump_clock):
    seen = []

    async def loser():
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            seen.append((trio.lowlevel.current_task().name.rpartition(".")[2], exc.reason))
            raise

    await race(loser, partial(trio.sleep, 1))
    assert seen == [("loser", "argument 1 has won the race")]


async def test_a_function_that_gives_no_awaitable_loses_by_its_position(autojump_clock):
    with pytest.RaisesGroup(
        ValueError,
        pytest.RaisesExc(TypeError, match=r"^async_fns\[1\] must be .*, but <function .*> returned 3"),
    ):
        await race(partial(sleep_and_fail, 1), lambda: 3)


async def sleep_and_fail(seconds):
    await trio.sleep(seconds)
    raise ValueError


@pytest.mark.parametrize("stagger", [-1, math.nan])
async def test_a_negative_stagger_is_refused(stagger):
    with pytest.raises(ValueError, match="stagger must be a number of seconds >= 0"):
        await race(trio.sleep_forever, stagger=stagger)


async def test_a_coroutine_is_refused_by_its_position(sleep_then):
    with pytest.raises(
        TypeError, match=r"async_fns\[0\] must be an async function, got the coroutine object"
    ):
        await race(sleep_then(1), sleep_then(1))


RUNNERS = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=6)


@given(runners=RUNNERS, stagger=st.sampled_from([0.0, 0.75]))
@settings(max_examples=60, deadline=None)
def test_the_winner_is_the_first_success(runners, stagger):
    async def work(index):
        succeeds, seconds = runners[index]
        await trio.sleep(seconds)
        if succeeds:
            return index, trio.current_time()
        raise ValueError(index)

    async def main():
        calls = [partial(work, n) for n in range(len(runners))]
        if any(ok for ok, _ in runners):
            winner, time = await race(*calls, stagger=stagger)
            assert trio.current_time() == time
            assert runners[winner][0]
            if not stagger:
                best = min((seconds, n) for n, (ok, seconds) in enumerate(runners) if ok)
                assert (time, winner) == best
        elif len(runners) == 1:
            with pytest.raises(ValueError, match="0"):
                await race(*calls, stagger=stagger)
        else:
            with pytest.RaisesGroup(*[ValueError] * len(runners)) as info:
                await race(*calls, stagger=stagger)
            assert [exc.args for exc in info.value.exceptions] == [(n,) for n in range(len(runners))]

    trio.run(main, clock=MockClock(autojump_threshold=0))
