"""Context variables set for one item are not seen by the next."""

from __future__ import annotations

import contextvars

import pytest
import trio

from trio_patterns._core.context import ItemContext

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def test_a_change_is_seen_and_undone():
    variable.set("base")
    context = ItemContext()
    assert not context.changed()
    for item in ("a", "b"):
        assert variable.get() == "base"
        variable.set(item)
        assert context.changed()
        await context.restore()
        assert not context.changed()
    assert variable.get() == "base"


async def test_an_item_that_changes_nothing_costs_no_restore():
    context = ItemContext()
    variable.get()
    await trio.lowlevel.checkpoint()
    assert not context.changed()


async def test_rebase_accepts_what_was_set():
    context = ItemContext()
    variable.set("source")
    assert context.rebase() is context.base
    assert not context.changed()
    variable.set("item")
    assert await context.restore() is context.current is trio.lowlevel.current_task().context
    assert variable.get() == "source"


async def test_in_a_callers_task_its_own_context_comes_back():
    """Tokens of the caller belong to its context object, so it must be that very object."""
    own = trio.lowlevel.current_task().context
    token = variable.set("caller")
    context = ItemContext()
    await context.isolate()
    variable.set("item")
    assert trio.lowlevel.current_task().context is not own
    await context.restore()
    assert variable.get() == "caller"
    await context.leave()
    assert trio.lowlevel.current_task().context is own
    variable.reset(token)
    assert variable.get() == "unset"


async def test_restore_is_no_cancellation_point():
    context = ItemContext()
    with trio.CancelScope() as scope:
        scope.cancel()
        await context.isolate()
        await context.restore()
        await context.leave()
    assert not scope.cancelled_caught


async def test_leave_needs_isolate():
    context = ItemContext()
    with pytest.raises(AssertionError, match=r"^leave\(\) without isolate\(\)"):
        await context.leave()
    await context.isolate()
    await context.leave()
    with pytest.raises(AssertionError, match=r"^leave\(\) without isolate\(\)"):
        await context.leave()  # once only: the context may be another by now
