"""`select`: which of several things happens first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar, final

import trio

from .._core.groups import open_unwrapping_nursery
from .calls import call, check_fns, name_of
from .scheduler_pass import at_end_of_pass

__all__ = ["Selected", "select"]

T = TypeVar("T")


class _NameAndValue(NamedTuple, Generic[T]):
    name: str
    value: T


@final
class Selected(_NameAndValue[T]):
    """What `select` found: a pair of ``name`` and ``value``.

    Attributes:
      name: The name of the branch that finished first.
      value: What it returned.
      others: What the branches returned that finished as well, by name. Usually empty. Not part of the
        pair, so ``name, value = await select(...)`` works.
    """

    others: Mapping[str, Any] = MappingProxyType({})


async def select(**async_fns: Callable[[], Awaitable[T]]) -> Selected[T]:
    """Run named branches side by side until the first one finishes; cancel the others.

    For different things that may happen next: a message, a tick, a request to stop. Each branch is an async
    function, started anew on each call.

    Synopsis::

        selected = await select(message=receive_channel.receive, stop=token.wait)
        match selected:
            case Selected("message", message):
                ...
            case Selected("stop"):
                ...
        # values that came in the same moment, if any: selected.others

    Args:
      async_fns: The branches by name, at least one: async functions without arguments.

    Returns:
      `Selected`: name and value of the branch that finished first; if several finish at the same moment, of
      the earliest argument.

    Raises:
      BaseException: the failure of a branch, as itself; if several fail, an `ExceptionGroup`. That holds for
        every branch, also for one that fails at the same moment as another finishes, or in its cleanup: no
        failure is dropped.
      ValueError: at once, if there is no branch.
      TypeError: at once, naming the branch, if one is not an async function.

    Cancellation:
      The branches that have not finished are cancelled and awaited. A branch that is a single call which
      loses nothing when it is cancelled (``receive`` of a trio channel, ``Event.wait``, ``sleep``) loses
      nothing here either: it was cancelled, and the item is still in the channel, or it has finished, and
      the item is in ``value`` or in ``others``. So do look at ``others``. A branch that makes a second call
      while it holds an item can be cancelled there and lose it: make the second call after `select` has
      returned. If the caller itself is cancelled, values of branches that had finished are lost.

    Ordering:
      Biased, and so deterministic: in a tie the earliest argument wins, each time. Put the branch that
      must not starve first.

    Cost:
      One task for each branch, on each call. In a hot loop, a task per source that sends into one channel
      costs less.

    Source:
      Tokio's ``select!`` in its ``biased`` form. There, dropping the losing futures is what loses items.

    See Also:
      The page "Task spawning", example ``race_and_select``.
    """
    check_fns(async_fns)
    if not async_fns:
        raise ValueError("select() needs at least one branch, got none")
    await trio.lowlevel.checkpoint_if_cancelled()
    values: dict[str, T] = {}
    winner: str | None = None
    finished = trio.lowlevel.ParkingLot()

    def decide() -> None:
        nonlocal winner
        winner = next(name for name in async_fns if name in values)
        nursery.cancel_scope.cancel(f"branch {winner!r} of select() has finished first")

    async def run(name: str, fn: Callable[[], Awaitable[T]]) -> None:
        value = await call(name, fn)
        if not values:
            at_end_of_pass(decide)
            finished.unpark()
        values[name] = value

    async with open_unwrapping_nursery() as nursery:
        for name, fn in async_fns.items():
            nursery.start_soon(run, name, fn, name=name_of(fn))
        await finished.park()
    assert winner is not None  # otherwise the nursery has raised
    selected = Selected(winner, values.pop(winner))
    if values:
        selected.others = values
    return selected
