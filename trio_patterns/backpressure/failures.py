"""What counts as a failure of one call, and what concerns everybody and has to pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from .._core.arguments import check_awaitable
from .._core.groups import note_replaced_cancellations

__all__ = ["NOT_CALLED", "refuse_non_awaitable", "split_failure"]


#: Stands for what a function returned when it has not returned anything yet.
NOT_CALLED: Final = object()


def split_failure(exc: BaseException) -> tuple[Exception | None, BaseException | None]:
    """Part the failure of one call from what must pass: cancellation, KeyboardInterrupt, SystemExit.

    A group can hold both: a child failed while another was being cancelled.
    """
    if isinstance(exc, Exception):
        note_replaced_cancellations(exc)
        return exc, None
    if isinstance(exc, BaseExceptionGroup):
        failures, others = cast("BaseExceptionGroup[BaseException]", exc).split(Exception)
        if failures is not None:
            note_replaced_cancellations(failures)
        return failures, others
    return None, exc


def refuse_non_awaitable(exc: BaseException, async_fn: Callable[..., Awaitable[Any]], value: object) -> None:
    """Raise a clear error in place of ``exc`` if it came from awaiting ``value``, what ``async_fn`` returned.

    Asked only after a failure, so that calls that go well pay nothing.
    """
    if isinstance(exc, TypeError) and value is not NOT_CALLED:
        try:
            check_awaitable("async_fn", async_fn, value)
        except TypeError as clear:
            raise clear from None
