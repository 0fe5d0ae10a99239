"""`select`: which of several things happens first."""

from __future__ import annotations

from functools import partial

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from trio_patterns.spawning import Selected, select


async def test_the_first_branch_to_finish_is_selected(autojump_clock, sleep_then, clean_up_for):
    log = []
    selected = await select(
        slow=partial(clean_up_for, 2, log, "cleaned up"), fast=partial(sleep_then, 1, "value")
    )
    assert selected == Selected("fast", "value")
    assert (selected.name, selected.value, dict(selected.others)) == ("fast", "value", {})
    name, value = selected
    assert (name, value) == ("fast", "value")
    match selected:
        case Selected("fast", "value"):
            pass
        case _:  # pragma: no cover
            pytest.fail("no match")
    assert log == ["cleaned up"]
    assert trio.current_time() == 2


async def test_the_earliest_argument_wins_a_tie_and_no_value_is_lost(autojump_clock, sleep_then):
    for _ in range(20):
        selected = await select(
            b=partial(sleep_then, 1, 2), a=partial(sleep_then, 1, 1), c=trio.sleep_forever
        )
        assert selected == ("b", 2)
        assert selected.others == {"a": 1}


async def test_a_tie_without_any_wait():
    async def give(value):
        return value

    for _ in range(20):
        selected = await select(a=partial(give, 1), b=partial(give, 2))
        assert (selected, selected.others) == (("a", 1), {"b": 2})


async def test_a_branch_that_ignores_its_cancellation_is_not_selected_but_not_lost(
    autojump_clock, sleep_then
):
    async def stubborn():
        with trio.CancelScope(shield=True):
            await trio.sleep(2)
        return "stubborn"

    selected = await select(stubborn=stubborn, fast=partial(sleep_then, 1, "value"))
    assert selected == ("fast", "value")
    assert selected.others == {"stubborn": "stubborn"}


async def race_naively(*fns):
    """The way everybody writes it first: the first result cancels the others."""
    winner = []

    async def run(fn):
        value = await fn()
        if not winner:
            winner.append(value)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in fns:
            nursery.start_soon(run, fn)
    return winner[0]


async def receive_from_two(receive_all):
    """Send 50 items into each of two channels at the same moments; return what was received."""
    send_a, receive_a = trio.open_memory_channel[int](100)
    send_b, receive_b = trio.open_memory_channel[int](100)
    got = []
    for item in range(50):
        send_a.send_nowait(item)
        send_b.send_nowait(100 + item)
    with send_a, send_b, receive_a, receive_b, trio.move_on_after(1):
        while receive_a.statistics().current_buffer_used or receive_b.statistics().current_buffer_used:
            got += await receive_all(receive_a.receive, receive_b.receive)
    return sorted(got)


async def test_a_naive_race_of_two_receives_loses_half_of_the_items(autojump_clock):
    async def receive(a, b):
        return [await race_naively(a, b)]

    assert len(await receive_from_two(receive)) == 50


async def test_select_of_two_receives_loses_nothing(autojump_clock):
    """What the loser of a tie has received is in `others`."""

    async def receive(a, b):
        selected = await select(a=a, b=b)
        return [selected.value, *selected.others.values()]

    assert await receive_from_two(receive) == [*range(50), *range(100, 150)]


async def test_a_cancelled_receive_leaves_its_item_in_the_channel(autojump_clock):
    send, receive = trio.open_memory_channel[str](1)
    with send, receive:
        assert await select(tick=partial(trio.sleep, 1), message=receive.receive) == ("tick", None)
        send.send_nowait("message")
        assert await select(message=receive.receive, tick=partial(trio.sleep, 1)) == ("message", "message")


async def test_a_second_await_in_a_branch_can_lose_what_the_first_one_got(autojump_clock):
    """The documented limit of the promise: cancelled between two calls, a branch loses what it holds."""
    send, receive = trio.open_memory_channel[str](1)

    async def receive_and_work():
        item = await receive.receive()
        await trio.sleep(5)
        return item

    with send, receive:
        send.send_nowait("message")
        selected = await select(work=receive_and_work, tick=partial(trio.sleep, 1))
        assert (selected, dict(selected.others)) == (("tick", None), {})
        with pytest.raises(trio.WouldBlock):
            receive.receive_nowait()


async def test_a_failing_branch_raises_its_exception(autojump_clock, sleep_then):
    failure = ValueError("no")
    with pytest.raises(ValueError, match="no") as info:
        await select(a=partial(sleep_then, 1, failure), b=partial(sleep_then, 2))
    assert info.value is failure
    assert trio.current_time() == 1


async def test_no_failure_is_dropped(autojump_clock, sleep_then, fail_in_cleanup):
    """Neither that of a tied branch, nor that of a loser in its cleanup."""
    with pytest.raises(ValueError, match="tied"):
        await select(a=partial(sleep_then, 1), b=partial(sleep_then, 1, ValueError("tied")))
    with pytest.raises(OSError, match="cleanup"):
        await select(a=partial(sleep_then, 1), b=partial(fail_in_cleanup, OSError("cleanup")))
    with pytest.RaisesGroup(ValueError, OSError):
        await select(a=partial(sleep_then, 1, ValueError()), b=partial(fail_in_cleanup, OSError()))


async def test_an_interrupt_passes_through(autojump_clock, sleep_then):
    with pytest.raises(KeyboardInterrupt):
        await select(a=partial(sleep_then, 1, KeyboardInterrupt()), b=trio.sleep_forever)


async def test_a_cancelled_caller_cancels_and_awaits_the_branches(autojump_clock, clean_up_for):
    log = []
    with trio.move_on_after(1) as scope:
        await select(a=partial(clean_up_for, 2, log, "a"), b=partial(clean_up_for, 4, log, "b"))
    assert scope.cancelled_caught
    assert log == ["a", "b"]


async def test_nothing_starts_in_a_cancelled_scope():
    with trio.CancelScope() as scope:
        scope.cancel()
        await select(a=partial(pytest.fail, "started"))
    assert scope.cancelled_caught


async def test_no_branch_is_refused():
    with pytest.raises(ValueError, match=r"^select\(\) needs at least one branch, got none$"):
        await select()


async def test_a_coroutine_is_refused_by_the_name_of_its_branch(sleep_then):
    with pytest.raises(TypeError, match=r"^tick must be an async function, got the coroutine object"):
        await select(tick=sleep_then(1), tock=sleep_then(1))


async def test_tasks_have_the_names_of_their_functions_and_see_who_was_first(autojump_clock):
    seen = []

    async def loser():
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            seen.append((trio.lowlevel.current_task().name.rpartition(".")[2], exc.reason))
            raise

    await select(slow=loser, tick=partial(trio.sleep, 1))
    assert seen == [("loser", "branch 'tick' of select() has finished first")]


async def test_a_function_that_gives_no_awaitable_is_refused_by_the_name_of_its_branch():
    with pytest.raises(TypeError, match=r"^tick must be .*, but <function .*> returned 3, which can't"):
        await select(tick=lambda: 3, tock=trio.sleep_forever)


@given(branches=st.lists(st.integers(0, 3), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_values_and_others_hold_what_finished_at_the_first_moment(branches):
    async def work(index):
        await trio.sleep(branches[index])
        return index

    async def main():
        selected = await select(**{f"b{index}": partial(work, index) for index in range(len(branches))})
        first = [index for index, seconds in enumerate(branches) if seconds == min(branches)]
        assert selected == (f"b{first[0]}", first[0])
        assert selected.others == {f"b{index}": index for index in first[1:]}

    trio.run(main, clock=MockClock(autojump_threshold=0))
