"""CancellationToken: state, family, waiting, scopes, and how little memory a dropped child leaves."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, assert_checkpoints, wait_all_tasks_blocked

from trio_patterns.shutdown import CancellationToken

# --- state -----------------------------------------------------------------------------------------------


def test_token_works_without_a_trio_run() -> None:
    token = CancellationToken()
    child = token.child()
    assert (token.cancelled, token.reason, child.cancelled) == (False, None, False)
    token.cancel("bye")
    assert (token.cancelled, token.reason, child.cancelled, child.reason) == (True, "bye", True, "bye")


def test_cancel_again_changes_nothing_the_first_reason_wins() -> None:
    token = CancellationToken()
    token.cancel("first")
    token.cancel("second")
    token.cancel()
    assert token.reason == "first"


def test_a_reason_is_optional_and_absence_wins_too() -> None:
    token = CancellationToken()
    token.cancel()
    token.cancel("late")
    assert token.cancelled
    assert token.reason is None


def test_repr_tells_the_state() -> None:
    token = CancellationToken()
    assert repr(token) == f"<CancellationToken at {id(token):#x}: not cancelled>"
    token.cancel("bye")
    assert repr(token) == f"<CancellationToken at {id(token):#x}: cancelled, reason='bye'>"


# --- family ----------------------------------------------------------------------------------------------


def test_parent_cancels_child_but_never_the_reverse() -> None:
    parent = CancellationToken()
    one, two = parent.child(), parent.child()
    grandchild = one.child()
    one.cancel("only one")
    assert (parent.cancelled, two.cancelled) == (False, False)
    assert (one.reason, grandchild.reason) == ("only one", "only one")
    parent.cancel("all")
    assert (two.reason, one.reason, grandchild.reason) == ("all", "only one", "only one")


def test_child_of_a_cancelled_token_is_born_cancelled() -> None:
    parent = CancellationToken()
    parent.cancel("too late")
    child = parent.child()
    assert (child.cancelled, child.reason) == (True, "too late")
    assert child.child().reason == "too late"


def test_a_dropped_token_in_the_middle_does_not_cut_its_children_off() -> None:
    root = CancellationToken()
    leaf = root.child().child().child()
    gc.collect()
    root.cancel("all the way")
    assert leaf.reason == "all the way"


def test_a_deep_family_is_no_deep_recursion() -> None:
    root = leaf = CancellationToken()
    for _ in range(20_000):
        leaf = leaf.child()
    root.cancel("deep")
    assert leaf.reason == "deep"


def test_dropped_children_are_forgotten() -> None:
    """A server makes one child per request: a hundred thousand of them must leave nothing behind."""
    parent = CancellationToken()

    def requests(count: int) -> None:
        for _ in range(count):
            parent.child()

    requests(100)  # warm up, so that only what grows with the number is measured
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        requests(100_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parent._children is not None
    assert len(parent._children) == 0
    assert after - before < 2_000


def test_a_dropped_child_takes_no_other_with_it() -> None:
    parent = CancellationToken()
    kept, dropped = parent.child(), parent.child()
    del dropped
    gc.collect()
    parent.cancel("all")
    assert kept.reason == "all"


def test_memory_of_many_children_alive_at_once_is_given_back() -> None:
    """An emptied dict keeps its table; a rush of requests must not cost memory for ever."""
    parent = CancellationToken()
    parent.child()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        rush = [parent.child() for _ in range(20_000)]
        assert tracemalloc.get_traced_memory()[0] - before > 1_000_000
        del rush
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_cancelling_forgets_the_family() -> None:
    parent = CancellationToken()
    child = parent.child()
    parent.cancel()
    assert parent._children is None
    assert child._parent is None


async def test_scopes_and_waiters_deregister_at_exit(autojump_clock: MockClock) -> None:
    """A long-lived token must not collect what its short-lived users left behind."""
    token = CancellationToken()
    with token.scope():
        assert len(token._callbacks) == 1
    with pytest.raises(ValueError, match="body"), token.scope():
        raise ValueError("body")
    with trio.move_on_after(1):
        await token.wait()
    await token.run_until_cancelled(trio.sleep, 1)
    assert token._callbacks == {}


# --- callbacks -------------------------------------------------------------------------------------------


def test_callbacks_run_once_in_order_parents_first() -> None:
    log: list[str] = []
    parent = CancellationToken()
    child = parent.child()

    async def main() -> None:
        child._on_cancel(lambda: log.append("child"))
        parent._on_cancel(lambda: log.append(f"parent 1, child {child.cancelled}"))
        parent._on_cancel(lambda: log.append("parent 2"))
        parent.cancel()
        parent.cancel()

    trio.run(main)
    assert log == ["parent 1, child True", "parent 2", "child"]


def test_callback_of_a_cancelled_token_runs_at_once() -> None:
    token = CancellationToken()
    token.cancel()
    log: list[str] = []
    unregister = token._on_cancel(lambda: log.append("now"))
    assert log == ["now"]
    unregister()


async def test_an_unregistered_callback_does_not_run() -> None:
    token = CancellationToken()
    log: list[str] = []
    unregister = token._on_cancel(lambda: log.append("never"))
    unregister()
    unregister()
    token.cancel()
    assert log == []


async def test_a_callback_can_unregister_the_next() -> None:
    token = CancellationToken()
    log: list[str] = []
    unregister: list[Callable[[], object]] = []

    def first() -> None:
        log.append("first")
        unregister[0]()

    token._on_cancel(first)
    unregister.append(token._on_cancel(lambda: log.append("second")))
    token.cancel()
    assert log == ["first"]


async def test_unregister_keeps_the_token_alive() -> None:
    """What only holds the callback's handle must still be told."""
    parent = CancellationToken()
    log: list[str] = []
    unregister = parent.child()._on_cancel(lambda: log.append("told"))
    gc.collect()
    parent.cancel()
    assert log == ["told"]
    unregister()


async def test_a_failing_callback_stops_no_other_and_is_raised() -> None:
    token = CancellationToken()
    child = token.child()
    log: list[str] = []

    def fail(error: Exception) -> None:
        raise error

    token._on_cancel(partial(fail, ValueError("one")))
    token._on_cancel(lambda: log.append("parent"))
    child._on_cancel(lambda: log.append("child"))
    with pytest.raises(ValueError, match="one"):
        token.cancel()
    assert log == ["parent", "child"]

    token = CancellationToken()
    token._on_cancel(partial(fail, ValueError("one")))
    token._on_cancel(partial(fail, KeyError("two")))
    with pytest.RaisesGroup(ValueError, KeyError):
        token.cancel()
    assert token.cancelled


# --- threads ---------------------------------------------------------------------------------------------


async def test_cancel_from_a_thread_goes_through_from_thread() -> None:
    token = CancellationToken()
    errors: list[RuntimeError] = []

    def in_thread() -> None:
        try:
            token.cancel("directly")
        except RuntimeError as exc:
            errors.append(exc)
        trio.from_thread.run_sync(token.cancel, "properly")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(token.wait)
        await wait_all_tasks_blocked()
        await trio.to_thread.run_sync(in_thread)
    assert "trio.from_thread.run_sync" in str(errors[0])
    assert token.reason == "properly"  # the refused call changed nothing


def test_a_token_nobody_waits_for_can_be_cancelled_from_any_thread() -> None:
    token = CancellationToken()
    thread = threading.Thread(target=token.cancel, args=("from a thread",))
    thread.start()
    thread.join()
    assert token.reason == "from a thread"


# --- wait ------------------------------------------------------------------------------------------------


async def test_wait_returns_when_cancelled(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    woken: list[float] = []

    async def waiter(token: CancellationToken) -> None:
        await token.wait()
        woken.append(trio.current_time() - start)

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(waiter, token.child())
        await trio.sleep(2)
        token.cancel()
    assert woken == [2, 2, 2]


async def test_wait_is_a_checkpoint_even_when_cancelled_already() -> None:
    token = CancellationToken()
    token.cancel()
    with assert_checkpoints():
        await token.wait()
    with trio.CancelScope() as scope:
        scope.cancel()
        await token.wait()
    assert scope.cancelled_caught


# --- scope -----------------------------------------------------------------------------------------------


async def test_scope_ends_its_body_with_the_tokens_reason(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    seen: list[trio.Cancelled] = []

    async def body() -> None:
        with token.scope() as scope:
            try:
                await trio.sleep_forever()
            except trio.Cancelled as exc:
                seen.append(exc)
                raise
        assert scope.cancelled_caught

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(body)
        await trio.sleep(3)
        token.cancel("maintenance")
    assert trio.current_time() - start == 3
    assert seen[0].reason == "maintenance"


async def test_scope_of_a_cancelled_token_is_cancelled_at_entry() -> None:
    token = CancellationToken()
    token.cancel("before")
    reached = False
    with token.scope() as scope:
        assert scope.cancel_called
        await trio.lowlevel.checkpoint()
        reached = True
    assert scope.cancelled_caught
    assert not reached


async def test_outer_cancellation_passes_a_scope(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    with trio.move_on_after(1) as outer:
        with token.scope() as inner:
            await trio.sleep_forever()
    assert outer.cancelled_caught
    assert not inner.cancelled_caught


async def test_scope_is_entered_once() -> None:
    token = CancellationToken()
    block = token.scope()
    with block:
        pass
    with pytest.raises(RuntimeError), block:
        pass
    assert token._callbacks == {}


# --- run_until_cancelled ---------------------------------------------------------------------------------


async def value_after(seconds: float) -> str:
    await trio.sleep(seconds)
    return "value"


async def test_run_until_cancelled_returns_the_value(autojump_clock: MockClock) -> None:
    assert await CancellationToken().run_until_cancelled(value_after, 1) == "value"


async def test_run_until_cancelled_returns_the_default(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    start = trio.current_time()
    async with trio.open_nursery() as nursery:

        async def later() -> None:
            await trio.sleep(2)
            token.cancel()

        nursery.start_soon(later)
        assert await token.run_until_cancelled(value_after, 60, default="gone") == "gone"
    assert await token.run_until_cancelled(value_after, 60) is None
    assert trio.current_time() - start == 2


async def test_a_cancelled_token_never_starts_the_function() -> None:
    """A listener that is told to stop must not accept one more, whichever branch is ready first."""
    token = CancellationToken()
    token.cancel()
    calls: list[int] = []

    async def fn() -> None:
        calls.append(1)

    for _ in range(20):
        await token.run_until_cancelled(fn)
    assert calls == []


async def test_a_token_cancelled_at_the_first_checkpoint_never_starts_the_function() -> None:
    token = CancellationToken()
    calls: list[int] = []

    async def fn() -> None:
        calls.append(1)

    async def stop() -> None:
        token.cancel()

    async with trio.open_nursery() as nursery:
        # Whichever runs first: the runner yields before it looks, so the other has cancelled by then.
        nursery.start_soon(token.run_until_cancelled, fn)
        nursery.start_soon(stop)
    assert calls == []


async def test_completion_wins_when_both_are_ready() -> None:
    token = CancellationToken()

    async def finish_while_cancelled() -> str:
        await trio.lowlevel.checkpoint()
        token.cancel("at the very end")
        return "precious"

    assert await token.run_until_cancelled(finish_while_cancelled, default="lost") == "precious"


async def test_outer_cancellation_is_not_mistaken_for_the_tokens(autojump_clock: MockClock) -> None:
    token = CancellationToken()
    with trio.move_on_after(1) as outer:
        await token.run_until_cancelled(trio.sleep_forever)
        pytest.fail("went on after an outer cancellation")
    assert outer.cancelled_caught

    with trio.CancelScope() as outer:

        async def both() -> None:
            outer.cancel()
            token.cancel()
            await trio.lowlevel.checkpoint()

        await token.run_until_cancelled(both)
        pytest.fail("went on after an outer cancellation")
    assert outer.cancelled_caught


async def test_run_until_cancelled_is_a_checkpoint_on_every_path() -> None:
    async def instant() -> int:
        return 1

    token = CancellationToken()
    with assert_checkpoints():
        assert await token.run_until_cancelled(instant) == 1
    token.cancel()
    with assert_checkpoints():
        assert await token.run_until_cancelled(instant) is None


async def test_an_error_of_the_function_arrives_as_itself() -> None:
    async def fail() -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await CancellationToken().run_until_cancelled(fail)


async def test_an_error_in_cleanup_after_the_token_is_not_swallowed(autojump_clock: MockClock) -> None:
    token = CancellationToken()

    async def fail_in_cleanup() -> None:
        try:
            token.cancel()
            await trio.sleep_forever()
        finally:
            raise ValueError("cleanup")

    with pytest.raises(ValueError, match="cleanup"):
        await token.run_until_cancelled(fail_in_cleanup)


# --- cancel_on_exit --------------------------------------------------------------------------------------


def test_cancel_on_exit_cancels_however_the_block_is_left() -> None:
    """Nobody else is left to tell the others when the one who decides fails."""
    with CancellationToken().cancel_on_exit() as token:
        assert not token.cancelled
    assert token.cancelled

    token = CancellationToken()
    with pytest.raises(ValueError, match="boom"), token.cancel_on_exit("listener failed"):
        raise ValueError("boom")
    assert token.reason == "listener failed"


async def test_cancel_on_exit_when_the_block_is_cancelled() -> None:
    token = CancellationToken()
    with trio.CancelScope() as scope, token.cancel_on_exit():
        scope.cancel()
        await trio.lowlevel.checkpoint()
    assert token.cancelled


# --- arguments -------------------------------------------------------------------------------------------


def test_a_reason_is_text() -> None:
    token = CancellationToken()
    with pytest.raises(TypeError, match=r"reason must be a str or None, got ValueError\('x'\)"):
        token.cancel(ValueError("x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="reason must be a str or None, got 3"):
        token.cancel_on_exit(3)  # type: ignore[arg-type]
    assert not token.cancelled


async def test_what_cannot_be_called_and_awaited_is_refused_by_name() -> None:
    token = CancellationToken()
    with pytest.raises(TypeError, match=r"async_fn must be an async function.*value_after"):
        await token.run_until_cancelled(value_after(1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="async_fn must be an async function, got None"):
        await token.run_until_cancelled(None)  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"^async_fn must be .*, but <function .*> returned 3, which can't be"
    ):
        await token.run_until_cancelled(lambda: 3)  # type: ignore[arg-type,return-value]


# --- invariants ------------------------------------------------------------------------------------------


@given(
    parents=st.lists(st.integers(0, 100), max_size=25),
    cancels=st.lists(st.integers(0, 100), max_size=8),
)
def test_a_token_is_cancelled_with_the_reason_of_its_first_cancelled_ancestor(
    parents: list[int], cancels: list[int]
) -> None:
    """Against a model: each token's reason is the earliest cancel on its path to the root."""
    tokens = [CancellationToken()]
    parent_of: list[int | None] = [None]
    for choice in parents:
        parent = choice % len(tokens)
        parent_of.append(parent)
        tokens.append(tokens[parent].child())
    for step, choice in enumerate(cancels):
        tokens[choice % len(tokens)].cancel(str(step))
    for index, token in enumerate(tokens):
        path = {index}
        at = parent_of[index]
        while at is not None:
            path.add(at)
            at = parent_of[at]
        steps = [step for step, choice in enumerate(cancels) if choice % len(tokens) in path]
        assert token.cancelled == bool(steps)
        assert token.reason == (str(steps[0]) if steps else None)
