"""Exception groups at the library's border: one exception arrives as itself, several as a group."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import NoReturn, cast, final

import trio

__all__ = [
    "GAVE_WAY",
    "UnwrappingNursery",
    "is_cancellation",
    "leaves",
    "note_replaced_cancellations",
    "open_unwrapping_nursery",
    "raise_unwrapped",
]

#: A note on a cancellation that was left out because there was an error beside it. The next checkpoint raises
#: another one, so nothing is lost; but whoever looks for cancellations that somebody has caught must know.
GAVE_WAY = "an error beside this cancellation took its place"


def leaves(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions at the tips of a group, depth first; a plain exception is its own leaf."""
    pending = [exc]  # not by recursion: nurseries nest, and their groups do, as deeply as a program likes
    while pending:
        inner = pending.pop()
        if isinstance(inner, BaseExceptionGroup):
            pending.extend(reversed(cast("BaseExceptionGroup[BaseException]", inner).exceptions))
        else:
            yield inner


def is_cancellation(exc: BaseException) -> bool:
    """Tell whether ``exc`` is `trio.Cancelled`, or a group of nothing else."""
    return all(isinstance(leaf, trio.Cancelled) for leaf in leaves(exc))


def _sole_exception(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """Return the one exception that stands for ``group``, or None if it has several real ones.

    `trio.Cancelled` beside a real error says only that the nursery was being cancelled, as the error shows
    anyway. A group that user code raised is one exception, and stays whole.
    """
    real = [exc for exc in group.exceptions if not is_cancellation(exc)]
    if not real:
        return next(leaves(group))
    # One failure may come out of several tasks, as that of a source they share.
    return real[0] if all(exc is real[0] for exc in real) else None


def raise_unwrapped(group: BaseExceptionGroup[BaseException]) -> NoReturn:
    """Raise what ``group``, made by a nursery of ours, holds: its only exception itself, or the group.

    The exception keeps its traceback, ``__cause__`` and ``__context__``. Cancellations beside several real
    errors are left out of the group.
    """
    sole = _sole_exception(group)
    if sole is None:
        real = [exc for exc in group.exceptions if not is_cancellation(exc)]
        sole = group if len(real) == len(group.exceptions) else group.derive(real)
        sole.__traceback__ = group.__traceback__
    if not is_cancellation(sole):
        _note_cancellations(group)
    context = sole.__context__
    try:
        raise sole
    finally:
        # `raise` inside an `except` block has just overwritten it with the group that we took apart.
        sole.__context__ = context
        del sole, context, group


def note_replaced_cancellations(failure: BaseException) -> None:
    """Note on the cancellations that ``failure`` has replaced, in a cleanup for instance, that it did so.

    For failures that are kept and raised elsewhere: in their task the cancellation ends without a trace.
    """
    for leaf in leaves(failure):
        link = leaf.__context__
        while link is not None:
            _note_cancellations(link)
            link = link.__context__


def _note_cancellations(exc: BaseException) -> None:
    for leaf in leaves(exc):
        if isinstance(leaf, trio.Cancelled):
            leaf.add_note(GAVE_WAY)


@final
class UnwrappingNursery:
    """An async context manager: a trio nursery whose single error leaves as itself.

    For nurseries that are a detail of the library, which the user never sees and whose exception groups
    would therefore surprise.
    """

    __slots__ = ("_manager",)

    async def __aenter__(self) -> trio.Nursery:
        self._manager = trio.open_nursery()
        return await self._manager.__aenter__()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        try:
            return await self._manager.__aexit__(exc_type, exc, traceback)  # noqa: ASYNC102 - a nursery's
        except BaseExceptionGroup as group:
            if exc is not None and _sole_exception(group) is exc:
                if not is_cancellation(exc):
                    _note_cancellations(group)
                return False  # let the body's own exception go on as if there were no nursery
            raise_unwrapped(group)
        finally:
            # Frames of the traceback, such as those of a cancellation, may lead to what is raised here, which
            # holds this frame: garbage that only the cycle collector finds.
            del self._manager, exc, traceback


def open_unwrapping_nursery() -> UnwrappingNursery:
    """Open a nursery whose single error leaves as itself."""
    return UnwrappingNursery()
