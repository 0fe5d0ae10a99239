"""What all contract suites share: how cases are listed and run, and how a broken promise reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar, cast

import trio
from trio.testing import MockClock, assert_checkpoints

from ..._core.arguments import check_int
from ..._core.groups import leaves
from ..cancel_sweep import cancel_sweep
from ..explore import explore
from ..explore_report import ExploreFailure
from ..stalls import fail_when_stalled
from ..sweep_report import SweepFailure

__all__ = ["Contract", "ContractT", "broken", "build_suite", "check_checkpoint", "ensure", "raising"]

#: Real seconds after which a case that uses threads has failed; one in virtual time fails at a standstill.
PATIENCE = 30.0
#: Different orders of tasks that a case tries.
ORDERS = 30

ContractT = TypeVar("ContractT", bound="Contract")


class Contract:
    """A suite of cases, one for each promise: what a contract function returns is a subclass.

    pytest collects it under any name that begins with ``Test``, and needs no plugin for it: the cases are
    plain functions that run trio themselves, most of them in virtual time. Without pytest, call the `cases`.

    A broken promise is an ``AssertionError`` whose message says which promise it is and what was seen
    instead. A case that cancels at every point raises a `SweepFailure`, one that tries orders an
    `ExploreFailure`; the promise stands in their ``problem:`` line. To repeat one point or order alone, set
    ``replay`` on an object of the class to what they say, and call the case.

    Synopsis::

        TestMyLimiter = limiter_contract(MyLimiter)  # in any test module

        for case in limiter_contract(MyLimiter).cases():  # without pytest
            case()

    See Also:
      `repository_contract`, `limiter_contract`, `rate_limiter_contract`, `retry_policy_contract`,
      `stream_operator_contract`.
    """

    #: Of a sweep: points tried at most, None for all of them.
    max_points: ClassVar[int | None] = None
    #: Whether what is tested waits for threads or for the world outside, which know no virtual time.
    threads: ClassVar[bool] = False
    #: Set on an object: the one point of a sweep, or the one order of tasks, that its case shall try.
    replay: int | str | None = None

    @classmethod
    def cases(cls) -> list[Callable[[], None]]:
        """Return every case, in the order of the contract: functions without arguments, each with a name.

        Returns:
          Bound methods, each of an object of its own. ``__name__`` and ``__doc__`` say what they check.
        """
        owners = reversed(cls.__mro__)
        names = dict.fromkeys(name for owner in owners for name in vars(owner) if name.startswith("test_"))
        return [getattr(cls(), name) for name in names if getattr(cls, name) is not None]

    def _run(self, async_fn: Callable[[], Awaitable[object]]) -> None:
        """Run a case: in virtual time, or on the real clock if threads are involved."""

        async def main() -> None:
            if self.threads:
                with trio.fail_after(PATIENCE):
                    await async_fn()
            else:
                with fail_when_stalled():
                    await async_fn()

        clock = None if self.threads else MockClock(autojump_threshold=0)
        try:
            trio.run(main, clock=clock)
        except BaseExceptionGroup as group:
            first = next(iter(leaves(group)))
            raise first from first.__cause__

    def _sweep(
        self,
        async_fn: Callable[[], Awaitable[object]],
        check: Callable[[], object] | None = None,
        *,
        fault: Callable[[], BaseException] | None = None,
    ) -> None:
        """Cancel a case at every point; or let each wait fail with ``fault``."""
        point = self.replay if isinstance(self.replay, int) else None
        try:
            cancel_sweep(async_fn, check=check, max_points=self.max_points, fault=fault, replay=point)
        except SweepFailure as failure:
            failure.add_note(_how_to_replay(failure.replay))
            raise

    def _explore(self, async_fn: Callable[[], Awaitable[object]]) -> None:
        """Run a case in many orders of its tasks; with threads in one, which they decide."""
        if self.threads:
            self._run(async_fn)
            return
        order = self.replay if isinstance(self.replay, str) else None
        try:
            explore(async_fn, schedules=ORDERS, replay=order)
        except ExploreFailure as failure:
            failure.add_note(_how_to_replay(failure.replay))
            raise


def build_suite(
    base: type[ContractT], name: str, *, without: tuple[str, ...] = (), **options: Any
) -> type[ContractT]:
    """Return a subclass of ``base`` with these attributes, and without the cases that don't apply."""
    max_points = options.get("max_points")
    if max_points is not None:
        check_int("max_points", max_points, minimum=1)
    plain = {key: staticmethod(value) if callable(value) else value for key, value in options.items()}
    absent = dict.fromkeys(without)
    members = {"__doc__": base.__doc__, "__module__": base.__module__, **plain, **absent}
    return cast("type[ContractT]", type(name, (base,), members))


def _how_to_replay(replay: object) -> str:
    return f"of this suite: make an object of its class, set replay = {replay!r} on it, and call the case"


def broken(promise: str, seen: object = "") -> AssertionError:
    """Return the error of a broken promise."""
    return AssertionError(f"broken promise: {promise}{f'; {seen}' if seen else ''}")


def ensure(holds: object, promise: str, seen: object = "") -> None:
    """Raise if a promise is broken. Not an ``assert``: that is gone under ``python -O``."""
    __tracebackhide__ = True
    if not holds:
        raise broken(promise, seen)


@contextmanager
def raising(kind: type[BaseException] | tuple[type[BaseException], ...], promise: str) -> Generator[None]:
    """Raise if the block does not raise ``kind``."""
    __tracebackhide__ = True
    try:
        yield
    except kind:
        return
    raise broken(promise, "nothing was raised")


async def check_checkpoint(what: str, call: Callable[[], Awaitable[object]]) -> None:
    """Raise if awaiting ``call()`` lets no other task run, or does not look for a cancellation."""
    try:
        with assert_checkpoints():
            await call()
    except AssertionError as exc:
        raise broken(f"{what} is a checkpoint: it lets other tasks run, and can be cancelled") from exc
