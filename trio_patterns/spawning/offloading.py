"""`offload`: blocking work in a thread, or wherever an executor runs it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from types import FunctionType
from typing import TypeVar, TypeVarTuple, Unpack, cast

import trio

from .._core.arguments import check_sync_fn
from .._core.limiter import Limiter
from .calls import is_plain_async
from .executors import ExecutorCall

__all__ = ["offload"]

T = TypeVar("T")
PosArgsT = TypeVarTuple("PosArgsT")


async def offload(
    fn: Callable[[Unpack[PosArgsT]], T],
    *args: *PosArgsT,
    executor: Executor | None = None,
    limiter: Limiter | None = None,
    abandon_on_cancel: bool = False,
) -> T:
    """Run a blocking function without blocking trio: in a thread, or in any executor.

    Without ``executor`` it is `trio.to_thread.run_sync` with its arguments checked first. With one, the same
    call goes to a process pool, for work that needs the CPU, or to a cluster: to anything that is a
    `concurrent.futures.Executor`. A thread makes no computation faster, for it shares the interpreter with
    trio.

    Synopsis::

        digest = await offload(compute_hash, data)
        with ProcessPoolExecutor() as pool:
            digest = await offload(compute_hash, data, executor=pool)

    Args:
      fn: A plain function. For a process pool it and ``args`` must be picklable.
      args: Positional arguments of ``fn``; for keyword arguments use `functools.partial`.
      executor: Where to run it; default: a trio thread. You own the executor and shut it down.
      limiter: Bounds how many calls run at once. Default: trio's default thread limiter (40 tokens) for
        threads, and none for an executor, which has its own number of workers.
      abandon_on_cancel: Whether a cancelled caller leaves a running call behind instead of waiting for it.

    Returns:
      What ``fn`` returned.

    Raises:
      BaseException: what ``fn`` raised.
      concurrent.futures.BrokenExecutor: if the pool broke, as itself; likewise whatever ``executor.submit``
        raises.
      TypeError: at once, if ``fn`` is async or no function, if ``executor`` or ``limiter`` is none.

    Cancellation:
      A call that waits for the limiter, or is queued in the executor, is withdrawn and never runs. A
      running one can't be stopped from outside. By default it is waited for, and its value is returned as
      if nothing had happened: the cancellation shows at the caller's next checkpoint. So a call that hangs
      makes the shutdown hang. In a trio thread, poll `trio.from_thread.check_cancelled` in loops: it
      raises as soon as the caller is cancelled.

      With ``abandon_on_cancel=True`` the caller goes on at once, and what the call returns or raises later
      is thrown away. Don't abandon a call that opens something, or let ``fn`` close it when
      ``check_cancelled`` raises.

      The limiter's token is held until the work has really ended, abandoned or not. If the trio run ends
      first, it is never released. A process pool counts a call as running as soon as it is handed to its
      worker processes, which is one call ahead of the workers.

    Cost:
      For a thread, that of `trio.to_thread.run_sync` plus one argument check (about 2 %). The end of an
      executor's call is reported through `trio.lowlevel.TrioToken.run_sync_soon`.

    Note:
      `trio.testing.MockClock` with autojump knows nothing of threads and executors: it jumps to the next
      deadline while one works, so a timeout around a call expires at once. Test such code on the real
      clock.
      Context variables are visible in a trio thread, but not in an executor.

    Source:
      Tokio's ``spawn_blocking``. There, too, a running call can't be stopped, and the end of the runtime
      waits for it.

    See Also:
      The page "Task spawning", example ``offload``.
    """
    # The type of nearly every function offloaded, checked in the cheapest way; the full check takes longer
    # than all else that this function adds to the call.
    if type(fn) is not FunctionType or is_plain_async(fn):
        check_sync_fn("fn", fn)
    if limiter is not None and type(limiter) is not trio.CapacityLimiter and not isinstance(limiter, Limiter):
        raise TypeError(f"limiter must be a trio.CapacityLimiter, got {limiter!r}")
    if executor is None:
        return await trio.to_thread.run_sync(
            fn,
            *args,
            abandon_on_cancel=abandon_on_cancel,
            limiter=cast("trio.CapacityLimiter | None", limiter),
        )
    if not isinstance(executor, Executor):
        raise TypeError(f"executor must be a concurrent.futures.Executor, got {executor!r}")
    return await ExecutorCall(limiter, abandon_on_cancel).run(fn, lambda: executor.submit(fn, *args))
