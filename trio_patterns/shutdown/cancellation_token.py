"""One decision to stop, seen by many tasks that share no nursery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar, TypeVarTuple, final, overload

import trio

from .._core.arguments import check_async_fn, check_awaitable
from .token_blocks import CancelOnExit, TokenScope
from .weak_children import WeakChildren

__all__ = ["CancellationToken"]

T = TypeVar("T")
DefaultT = TypeVar("DefaultT")
PosArgsT = TypeVarTuple("PosArgsT")


def check_reason(reason: object) -> None:
    """Refuse a reason that is neither text nor None."""
    if not isinstance(reason, str | None):
        raise TypeError(f"reason must be a str or None, got {reason!r}")


@final
class CancellationToken:
    """A request to stop that many tasks can see, wherever they run.

    A `trio.CancelScope` stops the code inside one ``with`` block, at its next checkpoint. A token *tells*:
    each task decides where it is safe to stop. It can go on to the end of its unit of work
    (`cancelled`), wait for the news (`wait`), or name the part that may be interrupted (`scope`,
    `run_until_cancelled`). A token may be made before ``trio.run``.

    Synopsis::

        token = CancellationToken()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker, token.child())
            await trio.sleep(10)
            token.cancel("maintenance")
        # every worker has seen token.cancelled and returned

    Cancellation:
      Cancelling a token cancels no task by itself: it wakes `wait`, and cancels what stands inside `scope` or
      `run_until_cancelled`.
    Ordering:
      When `cancel` returns, the token and all its descendants are cancelled. Effects are then run from the
      parent to its children, and within one token in the order in which they were registered.
    Cost:
      A child is known to its parent by a weak reference only: a dropped child is forgotten at once.
      `cancel` is O(live descendants + waiters).
    Source:
      ``tokio_util::sync::CancellationToken``. New here are the reason, and the scope that connects a token
      with trio's own cancellation.

    See Also:
      `open_graceful_nursery`, which has a token and cancels it on a signal.
    """

    __slots__ = ("__weakref__", "_callbacks", "_cancelled", "_children", "_parent", "_reason")

    def __init__(self) -> None:
        self._cancelled = False
        self._reason: str | None = None
        # {key: what to do when this token is cancelled}, in the order of registration.
        self._callbacks: dict[object, Callable[[], object]] = {}
        self._children: WeakChildren[CancellationToken] | None = None
        # A child keeps its parent alive: else a dropped token in the middle would cut a grandchild off.
        self._parent: CancellationToken | None = None

    def __repr__(self) -> str:
        state = f"cancelled, reason={self._reason!r}" if self._cancelled else "not cancelled"
        return f"<CancellationToken at {id(self):#x}: {state}>"

    @property
    def cancelled(self) -> bool:
        """Whether this token, or one that it descends from, was cancelled."""
        return self._cancelled

    @property
    def reason(self) -> str | None:
        """The reason given with the first `cancel`; None if none was given, or not cancelled yet."""
        return self._reason

    @trio.lowlevel.enable_ki_protection
    def cancel(self, reason: str | None = None) -> None:
        """Cancel this token and its descendants. Again does nothing: the first reason stays.

        It is synchronous and not a checkpoint. From another thread call
        ``trio.from_thread.run_sync(token.cancel, reason)``. A token that nobody waits for can be cancelled
        from anywhere, also before ``trio.run``.

        Args:
          reason: Why, as text for people. It becomes the reason of the descendants and of every
            `trio.Cancelled` that follows from it.

        Raises:
          RuntimeError: if tasks wait for the token and the call comes from outside their thread; nothing is
            changed then.
          TypeError: if ``reason`` is not text.
        """
        check_reason(reason)
        if self._cancelled:
            return
        family = self._live_family()
        if any(token._callbacks for token in family) and not trio.lowlevel.in_trio_run():
            raise RuntimeError(
                "tasks wait for this token, so cancel it from their thread: "
                "use trio.from_thread.run_sync(token.cancel, reason)"
            )
        # First the state of all, then the effects, so that no callback meets a half-cancelled family.
        for token in family:
            token._cancelled = True
            token._reason = reason
        errors: list[Exception] = []
        for token in family:
            token._children = token._parent = None
            while token._callbacks:
                callback = token._callbacks.pop(next(iter(token._callbacks)))
                try:
                    callback()
                except Exception as exc:
                    errors.append(exc)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup("callbacks of a CancellationToken failed", errors)

    def _live_family(self) -> list[CancellationToken]:
        """Return this token and its descendants that are not cancelled yet, parents first."""
        family: list[CancellationToken] = [self]
        for token in family:  # grows meanwhile; a recursion would limit how deep a family can be
            if token._children is not None:
                family.extend(child for child in token._children.alive() if not child._cancelled)
        return family

    def child(self) -> CancellationToken:
        """Return a token that is cancelled with this one, and that can be cancelled alone.

        Returns:
          The child; already cancelled, with the same reason, if this token is.
        """
        child = CancellationToken()
        if self._cancelled:
            child._cancelled = True
            child._reason = self._reason
        else:
            if self._children is None:
                self._children = WeakChildren()
            self._children.add(child)
            child._parent = self
        return child

    def _on_cancel(self, callback: Callable[[], object]) -> Callable[[], object]:
        """Call ``callback`` when the token is cancelled, at once if it is; return what unregisters it.

        What is returned keeps the token alive. It may be called twice, and after the cancellation.
        """
        key = object()
        if self._cancelled:
            callback()
        else:
            self._callbacks[key] = callback
        return partial(self._forget, key)

    def _forget(self, key: object) -> None:
        self._callbacks.pop(key, None)

    async def wait(self) -> None:
        """Wait until the token is cancelled; at once if it is.

        Cancellation:
          A cancelled waiter is forgotten by the token.
        """
        if self._cancelled:
            await trio.lowlevel.checkpoint()
            return
        event = trio.Event()
        unregister = self._on_cancel(event.set)
        try:
            await event.wait()
        finally:
            unregister()

    def scope(self) -> AbstractContextManager[trio.CancelScope, bool]:
        """Return a ``with`` block whose body is cancelled with the token; it gives a `trio.CancelScope`.

        Synopsis::

            with token.scope() as scope:
                await trio.sleep_forever()
            # scope.cancelled_caught: the token, or scope.cancel(), ended the body

        Returns:
          A plain context manager, to be entered once. If the token is cancelled already, the body stops at
          its first checkpoint.

        Cancellation:
          The body gets `trio.Cancelled` with the token's reason; the ``with`` block absorbs it. An outer
          cancellation passes through.
        """
        return TokenScope(self)

    @overload
    async def run_until_cancelled(
        self, async_fn: Callable[[*PosArgsT], Awaitable[T]], *args: *PosArgsT
    ) -> T | None: ...

    @overload
    async def run_until_cancelled(
        self,
        async_fn: Callable[[*PosArgsT], Awaitable[T]],
        *args: *PosArgsT,
        default: DefaultT,
    ) -> T | DefaultT: ...

    async def run_until_cancelled(
        self,
        async_fn: Callable[[*PosArgsT], Awaitable[T]],
        *args: *PosArgsT,
        default: DefaultT | None = None,
    ) -> T | DefaultT | None:
        """Call ``async_fn(*args)`` and return its value, or ``default`` if the token ends it first.

        Pass a ``default`` that the function can't return if you must tell the two apart.

        Args:
          async_fn: The function; it may be interrupted at any of its checkpoints, so keep work that must
            not be done by halves out of it.
          *args: Its arguments.
          default: What to return if the token was cancelled first.

        Returns:
          The function's value if it ran to its end, even if the token was cancelled meanwhile: completion
          wins. ``default`` if the token interrupted it, or was cancelled before: then it is never called.

        Raises:
          TypeError: if ``async_fn`` is not an async function.

        Cancellation:
          An outer cancellation is never turned into ``default``: `trio.Cancelled` goes on. The first
          checkpoint comes before the call, so the value of a function that returned is not lost.
        """
        check_async_fn("async_fn", async_fn)
        await trio.lowlevel.checkpoint()
        if self._cancelled:
            return default
        with self.scope():
            value: T = await check_awaitable("async_fn", async_fn, async_fn(*args))
            return value
        return default

    def cancel_on_exit(self, reason: str | None = None) -> AbstractContextManager[CancellationToken, None]:
        """Return a ``with`` block that cancels the token however the block is left.

        Whoever decides about the others' end may fail itself; then nobody is left to tell them. The block
        gives the token.

        Synopsis::

            with token.cancel_on_exit():
                await accept_connections()
            # cancelled: by return, exception or cancellation

        Args:
          reason: As for `cancel`.

        Raises:
          TypeError: if ``reason`` is not text.
        """
        check_reason(reason)
        return CancelOnExit(self, reason)
