"""Children that are forgotten when they are dropped."""

from __future__ import annotations

from typing import Generic, TypeVar, final
from weakref import ref

__all__ = ["WeakChildren"]

T = TypeVar("T")


@final
class WeakChildren(Generic[T]):
    """The living children of one parent, in the order in which they were added."""

    __slots__ = ("_refs",)

    def __init__(self) -> None:
        self._refs: dict[ref[T], None] = {}

    def __len__(self) -> int:
        return len(self._refs)

    def add(self, child: T) -> None:
        """Remember the child for as long as somebody else does."""
        self._refs[ref(child, self._forget)] = None

    def _forget(self, dead: ref[T]) -> None:
        self._refs.pop(dead, None)
        if not self._refs:
            self._refs.clear()  # an emptied dict keeps the table of its best days; clear() gives it back

    def alive(self) -> list[T]:
        """Return those that live."""
        return [child for link in list(self._refs) if (child := link()) is not None]
