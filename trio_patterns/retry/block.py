"""The block form of a retry: the loop is visible, and what is repeated is the body of a ``with``."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from types import TracebackType
from typing import final

import trio

from .history import History
from .policy import RetryPolicy, check_policy

__all__ = ["AttemptScope", "RetryContext", "retry_context"]


@final
class AttemptScope:
    """One attempt of `retry_context`: a sync context manager around what is tried.

    It bounds the attempt's time, swallows a failure that will be retried, and lets every other pass. Leaving
    the block without an exception, also by ``break``, ``continue`` or ``return``, is success.

    Attributes:
      number: Which attempt this is, counted from 1.
    """

    __slots__ = ("_history", "_scope", "_state", "number")

    def __init__(self, history: History) -> None:
        history.number += 1
        self.number = history.number
        self._history = history
        self._scope: trio.CancelScope | None = None
        self._state = "new"

    def __enter__(self) -> AttemptScope:
        if self._state != "new":
            raise RuntimeError("an attempt can be entered only once: use the one that the loop gives you")
        self._state = "open"
        policy = self._history.policy
        if not policy._unbounded:
            own = math.inf if policy.attempt_timeout is None else trio.current_time() + policy.attempt_timeout
            self._scope = trio.CancelScope(deadline=min(own, self._history.deadline))
            self._scope.__enter__()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._state = "over"
        scope, self._scope = self._scope, None
        if scope is None:
            return self._judge(exc)
        try:
            # A scope reports True also when there was nothing to catch.
            caught = scope.__exit__(exc_type, exc, traceback) and exc is not None
        except BaseExceptionGroup as remaining:
            # The scope took its own cancellations out of a group; errors of somebody's cleanup are left.
            if not self._judge(remaining, cut_off=True):
                raise
            return True
        if not caught:
            return self._judge(exc, cut_off=scope.cancel_called)
        if scope.deadline >= self._history.deadline:
            raise self._history.out_of_time()
        seconds = self._history.policy.attempt_timeout
        error = trio.TooSlowError(f"attempt {self.number} took longer than attempt_timeout={seconds:g} s")
        if self._judge(error):
            return True
        raise error from None

    def _judge(self, error: BaseException | None, *, cut_off: bool = False) -> bool:
        """Tell whether the block's end, by ``error`` or by success, is to be followed by another attempt."""
        if isinstance(error, Exception) and self._history.failed(error, cut_off=cut_off):
            self._state = "failed"
            return True
        self._history.close()
        return False


@final
class _AttemptIterator:
    """The async iterator behind `retry_context`; it holds nothing open between two attempts."""

    __slots__ = ("_history", "_last")

    def __init__(self, policy: RetryPolicy) -> None:
        self._history = History(policy)
        self._last: AttemptScope | None = None

    def __aiter__(self) -> _AttemptIterator:
        return self

    async def __anext__(self) -> AttemptScope:
        if self._last is not None:
            if self._last._state in ("new", "open"):
                raise RuntimeError("the attempt was not used: write `with attempt:` inside the loop")
            if self._last._state == "over":
                raise StopAsyncIteration
            # Should the pause be cancelled, an iterator that is asked again has nothing more to give.
            self._last._state = "over"
            await self._history.pause()
        self._last = AttemptScope(self._history)
        return self._last


@final
class RetryContext:
    """What `retry_context` returns: every ``async for`` over it starts anew."""

    __slots__ = ("_policy",)

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy

    def __aiter__(self) -> AsyncIterator[AttemptScope]:
        return _AttemptIterator(self._policy)


def retry_context(policy: RetryPolicy) -> RetryContext:
    """Retry a block of code: loop over attempts until one succeeds.

    For code that is no function of its own and uses the variables around it. The loop ends after the first
    attempt whose block ends without an exception; code after the loop knows that one succeeded. If the
    policy gives up, the last exception leaves the loop, with the same note as from `retry`.

    Synopsis::

        async for attempt in retry_context(policy):
            with attempt:
                page = await fetch(url)
        # postcondition: the block ran to its end

    Args:
      policy: What to retry, how often and how long apart.

    Yields:
      `AttemptScope` objects, to be entered with ``with``, once each.

    Raises:
      TypeError: if ``policy`` is not a `RetryPolicy`.
      RuntimeError: from the loop, if the attempt before was not entered.
      trio.TooSlowError: if ``timeout`` passed; ``__cause__`` is the last failure before, if any.

    Cancellation:
      Passes at once, from the block and from the pause between attempts. Nothing is left behind, as the
      iterator is a plain object and no async generator: ``break`` and ``return`` need no closing.

    Cost:
      A few small objects for each attempt, and a cancel scope if a timeout is set. The loop itself is a
      checkpoint only between attempts.

    See Also:
      `retry`, which costs less when the first call succeeds.
    """
    return RetryContext(check_policy(policy))
