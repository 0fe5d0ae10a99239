"""What happened so far in one retried call: the verdict on each failure, the pause after it, the note."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from inspect import isawaitable, isclass
from typing import Final, cast, final

import trio

from .._core.groups import leaves
from .attempt import Attempt
from .policy import RetryPolicy

__all__ = ["History"]

#: Attempts that a note lists at its start and again at its end; those between are counted. Without a bound,
#: retrying for ever would fill the memory with lines that nobody reads.
_LISTED: Final = 50
#: Characters of an error's repr that a note shows.
_ERROR_WIDTH: Final = 200


class _AttemptsNote(str):
    """A note that this library wrote, to be told from others."""

    __slots__ = ()


@final
class History:
    """Judges the failures of one retried call.

    Between two attempts it holds no error, so what a failed call left in its frames is freed before the next
    one starts. The exception is a policy with ``timeout``, whose error names the last failure as its cause.
    """

    __slots__ = ("_cause", "_fn", "_lines", "_next", "_previous", "_wake", "deadline", "number", "policy")

    def __init__(self, policy: RetryPolicy, fn: object = None, *, number: int = 0) -> None:
        self.policy = policy
        #: Calls that were started.
        self.number = number
        #: When ``timeout`` ends the whole, on trio's clock.
        self.deadline = math.inf if policy.timeout is None else trio.current_time() + policy.timeout
        self._fn = fn
        self._lines: list[str] = []
        self._previous = policy.base_delay
        self._next: Attempt | None = None
        self._wake = 0.0
        self._cause: Exception | None = None

    def failed(self, error: Exception, *, cut_off: bool = False) -> bool:
        """Take in that the current call raised ``error``; tell whether it is to be repeated.

        If it is not, ``error`` gets its note and is for the caller to raise.
        """
        policy = self.policy
        delay = 0.0
        if not _is_retryable(policy, error):
            if self.number == 1 and not cut_off:
                return False  # there is nothing to tell
            verdict = "this error is not retried"
        elif self.number >= policy.attempts:
            verdict = "no attempts left"
        else:
            hint = _hint(policy, error)
            delay = policy._delay(self.number, self._previous) if hint is None else hint
            self._wake = trio.current_time() + delay
            deadline = min(self.deadline, trio.current_effective_deadline())
            verdict = (
                f"a deadline comes before the next call, due in {delay:g} s" if self._wake >= deadline else ""
            )
        line = f"  {self.number}: {_shown(error)}{' (cut off by its timeout)' if cut_off else ''}"
        if verdict:
            self._add_note(error, verdict, line)
            return False
        self._append(f"{line}, next call {delay:g} s later")
        self._previous = delay
        self._next = Attempt(self.number, error, delay)
        if policy.timeout is not None:
            self._cause = error
        return True

    def close(self) -> None:
        """Take in that there will be no further call."""
        # Otherwise the error, its traceback, the frame in it and this object would hold each other.
        self._cause = None

    def out_of_time(self, *, mid_call: bool = True) -> trio.TooSlowError:
        """Return the error for ``timeout`` having passed, in the middle of a call or of ``on_retry``."""
        error = trio.TooSlowError(f"{self._name} took longer than timeout={self.policy.timeout:g} s")
        error.__cause__ = self._cause  # also if it is None, to hide the Cancelled that this stands for
        self._add_note(error, "the timeout has passed", f"  {self.number}: cut off" if mid_call else None)
        self.close()
        return error

    async def pause(self) -> None:
        """Report the failure to ``on_retry`` and wait for the next call's time."""
        attempt, self._next = self._next, None
        assert attempt is not None, "pause() without a failure"
        try:
            if self.policy.on_retry is not None:
                await self._report(self.policy.on_retry, attempt)
            # Raised again, by a later call, the same error must not show these notes beside the new ones.
            _drop_notes(attempt.error)
            del attempt  # the sleep may be long
            await trio.sleep_until(self._wake)
        except BaseException:
            self.close()
            raise

    async def _report(self, on_retry: Callable[[Attempt], object], attempt: Attempt) -> None:
        try:
            result = on_retry(attempt)
            if isawaitable(result):
                with trio.CancelScope(deadline=self.deadline) as scope:
                    await result
                if scope.cancelled_caught:
                    raise self.out_of_time(mid_call=False)
        except Exception as exc:
            # So that the failure of the call, which this one hides, is shown with it.
            exc.__context__ = exc.__context__ or attempt.error
            raise

    @property
    def _name(self) -> str:
        if self._fn is None:
            return "retry_context"
        fn = self._fn
        while isinstance(fn, partial):
            fn = cast("partial[object]", fn).func
        return f"retry of {getattr(fn, '__qualname__', None) or repr(fn)}"

    def _append(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) > 2 * _LISTED:
            del self._lines[_LISTED]

    def _add_note(self, error: BaseException, reason: str, line: str | None) -> None:
        if line is not None:
            self._append(line)
        lines = list(self._lines)
        if self.number > len(lines):
            lines.insert(_LISTED, f"  ... {self.number - len(lines)} more ...")
        plural = "" if self.number == 1 else "s"
        title = f"{self._name}: gave up after {self.number} attempt{plural}, {reason}:"
        error.add_note(_AttemptsNote("\n".join([title, *lines])))


def _is_retryable(policy: RetryPolicy, error: Exception) -> bool:
    """Tell whether every exception in ``error`` is worth another call."""
    on = policy.on
    if isinstance(on, tuple) or isclass(on):
        return all(isinstance(leaf, on) for leaf in leaves(error))
    return all(on(cast("Exception", leaf)) for leaf in leaves(error))


def _hint(policy: RetryPolicy, error: Exception) -> float | None:
    """Return what ``retry_after`` says about ``error``, in seconds within bounds, if it says anything."""
    if policy.retry_after is None:
        return None
    hints: list[float] = []
    for leaf in leaves(error):
        hint: object = policy.retry_after(cast("Exception", leaf))
        if hint is None:
            continue
        if not isinstance(hint, int | float) or isinstance(hint, bool):
            raise TypeError(f"retry_after must return a number of seconds or None, got {hint!r}")
        if hint >= 0:  # false for NaN too
            hints.append(float(min(hint, policy.max_delay)))
    return max(hints, default=None)


def _shown(error: BaseException) -> str:
    try:
        text = repr(error)
    except Exception as broken:
        text = f"{type(error).__name__} (its repr raised {type(broken).__name__})"
    return text if len(text) <= _ERROR_WIDTH else text[:_ERROR_WIDTH] + "..."


def _drop_notes(error: BaseException) -> None:
    """Take the notes of former retrying off an error that is being retried itself."""
    notes = getattr(error, "__notes__", None)
    if notes:
        notes[:] = [note for note in notes if not isinstance(note, _AttemptsNote)]
