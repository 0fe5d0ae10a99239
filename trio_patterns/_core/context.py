"""Context variables set while one item is processed are not seen by the next, at the price of a comparison.

A task for each item would give each its own `contextvars.Context`, at ten times the cost of a loop. Running
each step through ``Context.run`` would hide the user's frames from everything that shows where a task
waits. So the loop runs in its task's context, and only when an item has really changed it (comparing two
contexts that share their content is an identity check in CPython, about 25 ns) does the task get a copy of
the one it started with. ``trio.lowlevel.Task.context`` takes effect at the next step, hence the checkpoint.
"""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import final

import trio

__all__ = ["ItemContext"]


@final
class ItemContext:
    """Gives every item processed by the current task the context that the task had when this was made.

    Synopsis::

        context = ItemContext()
        for item in items:
            result = await fn(item)
            if context.changed():
                await context.restore()

    In a task of the library's own that is all. In the caller's task, `isolate` first and `leave` at the end:
    the caller's own context object must stay, because tokens of ``ContextVar.set`` belong to it.
    """

    __slots__ = ("_home", "_task", "base", "current")

    def __init__(self) -> None:
        self._task = trio.lowlevel.current_task()
        self._home: Context | None = None
        #: The context that the task runs in. Hot loops keep both in variables: ``current != base``.
        self.current = self._task.context
        self.base = copy_context()

    def changed(self) -> bool:
        """Tell whether a context variable was set since the start or the last `restore` or `rebase`."""
        return self.current != self.base

    def rebase(self) -> Context:
        """Accept what was set up to now: it was the source's doing, not an item's. Returns the new `base`."""
        self.base = copy_context()
        return self.base

    async def restore(self) -> Context:
        """Undo what the item did. Yields, but is not a cancellation point. Returns the new `current`."""
        self.current = self._task.context = self.base.copy()
        await trio.lowlevel.cancel_shielded_checkpoint()
        return self.current

    async def isolate(self) -> None:
        """Work on a copy of the caller's context from here on. Yields, but is not a cancellation point."""
        self._home = self._task.context
        await self.restore()

    async def leave(self) -> None:
        """Give the caller its own context object back. Yields, but is not a cancellation point."""
        assert self._home is not None, "leave() without isolate()"
        self._task.context = self._home
        self._home = None
        await trio.lowlevel.cancel_shielded_checkpoint()
