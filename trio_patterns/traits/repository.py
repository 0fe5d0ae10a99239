"""``Repository``: what a store of entities can do, whatever it stands on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from ..streams import Stream

__all__ = ["Repository"]

K = TypeVar("K", contravariant=True)
E = TypeVar("E")


class Repository(Protocol[K, E]):
    """A store of entities of type ``E``, each under its own key of type ``K``.

    Write functions against this protocol, not against a class, and they run on a file, on a server, or in a
    test on a dictionary. ``K`` is contravariant: a repository that takes any key serves where one for ``str``
    keys is asked for, so annotate ``users: Repository[str, User]`` to have the keys checked.

    Every implementation keeps this contract; the library's own are tested with one suite.

    Raises:
      TypeError: at the call, if a key or an entity (or a field of it) has the wrong type.
      ValueError: at the call, for a value that not every database can store as it is: a ``datetime`` without
        time zone, NaN, text with a NUL character, an int beyond 64 bits.
      Conflict: if a constraint of the table forbids the data.
      Unavailable: if the database cannot work.
      trio.ClosedResourceError: after the block that opened the repository.
    Cancellation:
      Every method is a checkpoint. A cancelled ``save``, ``save_many`` or ``delete`` has happened completely
      or not at all, and you cannot know which; each may be repeated.
    Ordering:
      Calls that wait for a free connection are served first come, first served. Bound the wait with
      `trio.fail_after`: a call that is cancelled while it waits costs nothing.
    Source:
      The ``Repository`` trait of Rust services; Fowler's pattern of that name. Not found is ``None``.

    See Also:
      ``docs/patterns/traits``, ``examples/traits/repository.py``.
    """

    async def find_by_id(self, key: K, /) -> E | None:
        """Return the entity with this key, a fresh object at every call, or ``None``."""
        ...

    async def save(self, entity: E, /) -> None:
        """Insert ``entity``, or replace the whole row with its key.

        The row is replaced without looking at what it was: when two tasks find, change and save the same
        entity, the first change is lost. Hold a `trio.Lock` from ``find_by_id`` to ``save``, or store facts
        (one new row each) in place of running totals.
        """
        ...

    async def save_many(self, entities: Iterable[E], /) -> None:
        """Save all of ``entities`` in one transaction: all of them, or none.

        Every entity is checked before the first is written, so they are held in memory; of several with the
        same key the last wins. Save an endless source in chunks.
        """
        ...

    async def delete(self, key: K, /) -> bool:
        """Remove the entity with this key; tell whether there was one."""
        ...

    def all(self) -> Stream[E]:
        """Return a cold stream of all entities in the order of their keys.

        Rows are fetched in batches as the consumer asks for them, and no connection is held between two
        batches: the consumer may take its time, stop at any item, or call the repository in the loop. It is
        no snapshot: an entity that is there all the time comes exactly once; one saved or deleted meanwhile
        may come or not.
        """
        ...
