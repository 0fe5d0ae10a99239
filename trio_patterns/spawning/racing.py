"""`race`: the first success."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import trio

from .._core.arguments import check_seconds
from .._core.groups import open_unwrapping_nursery, raise_unwrapped
from .calls import call, check_fns, name_of, positions
from .scheduler_pass import at_end_of_pass

__all__ = ["race"]

T = TypeVar("T")


async def race(*async_fns: Callable[[], Awaitable[T]], stagger: float = 0.0) -> T:
    """Run async functions side by side and return the result of the first that succeeds.

    For equivalent ways to one thing: mirrors, address families, a cache beside the origin. A failure only
    takes its function out of the race. If you want to know which of several *different* things happens first,
    failures included, use `select`.

    With ``stagger`` it is the Happy Eyeballs algorithm: each function gets a head start, and the next one
    starts when that is over, or at once when a function fails.

    Synopsis::

        page = await race(partial(fetch, mirror_a), partial(fetch, mirror_b), stagger=0.25)

    Args:
      async_fns: Async functions without arguments, at least one; use `functools.partial` to bind some.
      stagger: Seconds between starts, >= 0. `math.inf` starts the next function only after a failure.

    Returns:
      The first result. If several functions succeed at the same moment, that of the earliest argument.

    Raises:
      ExceptionGroup: of all failures, in argument order, if all functions failed. The failure itself, if
        there was only one function.
      BaseException: what a loser raised in its cleanup, after the race was won; a note on it names the
        winner. (Failures from before that are part of racing, and dropped with the win.)
      ValueError: at once, if there is no function, or ``stagger`` is negative.
      TypeError: at once, naming the position, if one is not an async function.

    Cancellation:
      The losers are cancelled and awaited: when `race` returns, nothing of it runs any more. A loser that
      succeeds all the same, at the same moment or because it ignores its cancellation, has done its work,
      and its result is dropped. If results must be closed, as connections must, let the functions also
      put them where you can find them afterwards.

    Ordering:
      Deterministic where functions get ready at the same moment: the earliest argument wins.

    Cost:
      One task for each function started.

    Source:
      ``select_ok`` of Rust's futures; RFC 8305 and trio's `trio.open_tcp_stream` for ``stagger``.

    See Also:
      The page "Task spawning", example ``race_and_select``.
    """
    names = positions(async_fns)
    check_fns(names)
    check_seconds("stagger", stagger, finite=False)
    if not names:
        raise ValueError("race() needs at least one async function, got none")
    await trio.lowlevel.checkpoint_if_cancelled()

    values: dict[int, T] = {}
    failures: dict[int, BaseException] = {}
    winner: int | None = None
    head_starts_lost = 0
    changed = trio.lowlevel.ParkingLot()

    def decide() -> None:
        nonlocal winner
        winner = min(values)
        nursery.cancel_scope.cancel(f"argument {winner} has won the race")

    async def run(index: int, name: str, fn: Callable[[], Awaitable[T]]) -> None:
        nonlocal head_starts_lost
        try:
            value = await call(name, fn)
        except Exception as exc:
            if trio.current_effective_deadline() == -inf:
                # No part of racing: the race is over, or its caller is cancelled, and this came of it.
                if winner is not None:
                    exc.add_note(f"raised in the cleanup of a race that argument {winner} had won")
                raise
            failures[index] = exc
            head_starts_lost += 1
        else:
            if not values:
                at_end_of_pass(decide)
            values[index] = value
        changed.unpark()

    async def wait_for_turn() -> None:
        nonlocal head_starts_lost
        with trio.move_on_after(stagger):  # noqa: ASYNC912
            while not values and not head_starts_lost:
                await changed.park()
        if head_starts_lost:
            head_starts_lost -= 1

    async with open_unwrapping_nursery() as nursery:
        for index, (name, fn) in enumerate(names.items()):
            if index and stagger:
                await wait_for_turn()
            if values:
                break
            nursery.start_soon(run, index, name, fn, name=name_of(fn))
        while not values and len(failures) < len(names):
            await changed.park()
        await trio.lowlevel.cancel_shielded_checkpoint()  # for `at_end_of_pass`

    if winner is None:
        raise_unwrapped(
            BaseExceptionGroup(
                "every function of a race failed", [failures[index] for index in sorted(failures)]
            )
        )
    return values[winner]
