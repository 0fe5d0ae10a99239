"""`spawn`: a nursery's ``start_soon`` that gives a handle."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar, TypeVarTuple, Unpack

from .calls import close, is_plain_async, start_in_copied_context
from .task_handle import TaskHandle, TaskLink, handle_of, link_to, run_cancellable, settle_with

__all__ = ["spawn"]

T = TypeVar("T")
PosArgsT = TypeVarTuple("PosArgsT")


class StartsTasks(Protocol):
    """What `spawn` needs of a nursery."""

    def start_soon(
        self,
        async_fn: Callable[[Unpack[PosArgsT]], Awaitable[object]],
        /,
        *args: *PosArgsT,
        name: object = None,
    ) -> None:
        """Start a task."""
        ...


def spawn(
    nursery: StartsTasks,
    fn: Callable[[Unpack[PosArgsT]], Awaitable[T]],
    *args: *PosArgsT,
    name: object = None,
) -> TaskHandle[T]:
    """Start a task in a nursery, as ``nursery.start_soon`` does, and return a handle to it.

    Use it when you want the task's value, or want to wait for or cancel this one task. The task stays the
    nursery's: the nursery waits for it, and a failure of the task cancels its siblings and leaves the
    nursery in its exception group, whether or not you look at the handle. For tasks that may fail one by
    one, use `open_join_set`.

    Synopsis::

        async with trio.open_nursery() as nursery:
            head = spawn(nursery, fetch, "/head")
            tail = spawn(nursery, fetch, "/tail")
        print(head.result(), tail.result())  # both are done: the nursery has waited

    Args:
      nursery: A `trio.Nursery`, or anything with its ``start_soon``.
      fn: An async function.
      args: Positional arguments of ``fn``; for keyword arguments use `functools.partial`.
      name: The task's name, a str or an object with a ``__qualname__``. Default: ``fn``.

    Returns:
      The handle, at once. The task makes its first step later; tasks start in no defined order.

    Raises:
      TypeError: if ``fn`` is not an async function, if ``args`` don't fit it, or if ``nursery`` is none.
      RuntimeError: if the nursery is closed.

    Cancellation:
      A cancellation of the nursery ends the task and leaves `TaskHandle.cancelled` true. Cancelled alone
      through `TaskHandle.cancel`, the task ends quietly; if it raises something else in its cleanup, that
      is a failure.
      Scopes and deadlines around the *call* of ``spawn`` have no effect on the task: only those around the
      nursery have. Context variables, on the other hand, are those of the caller.

    Ordering:
      None between tasks.

    Cost:
      One object beside the task; see `TaskHandle` for the cost of keeping it.

    Source:
      Tokio's ``tokio::spawn``, with a nursery for an owner.

    See Also:
      The page "Task spawning", example ``task_handles``.
    """
    if not callable(getattr(nursery, "start_soon", None)):
        raise TypeError(f"nursery must be a trio.Nursery, got {nursery!r}")
    start = partial(_start, nursery)
    if name is None:
        name = fn
    if is_plain_async(fn):
        return start(fn(*args), name)
    return start_in_copied_context(start, fn, args, name)


def _start(nursery: StartsTasks, awaitable: Awaitable[T], name: object) -> TaskHandle[T]:
    handle: TaskHandle[T] = TaskHandle(name)
    try:
        nursery.start_soon(_run, awaitable, link_to(handle), name=name)
    except BaseException:
        close(awaitable)
        raise
    return handle


async def _run(awaitable: Awaitable[T], link: TaskLink) -> None:
    handle = handle_of(link)
    if handle is None:
        await awaitable
        return
    try:
        await run_cancellable(handle, awaitable)
    except BaseException as exc:
        settle_with(handle, exc)
        raise
    finally:
        # A stored exception has this frame in its traceback. Without this it would hold the handle, which
        # holds the exception: garbage that only the cycle collector finds.
        del handle, link
