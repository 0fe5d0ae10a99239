"""``InMemoryRepository``: a repository on a dictionary, for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Iterable
from typing import Any, Generic, TypeVar, final

import trio

from .._core.budget import CheckpointBudget
from ..streams import Stream, stream
from .entity import EntityModel, Row
from .implements import implements
from .repository import Repository

__all__ = ["InMemoryRepository"]

E = TypeVar("E")


@final
@implements(Repository)
class InMemoryRepository(Generic[E]):
    """A `Repository` that keeps its entities in memory: the fake to test with.

    It keeps the same contract as the repository on a database, down to the order of ``all`` and the values
    that are refused, and passes the same tests. It stores copies: changing an object after ``save`` changes
    nothing in here, and two calls of ``find_by_id`` return two objects. Every method passes a checkpoint, so
    a test sees the same task switches.

    It has no other constraints than the key, so it never raises `Conflict` or `Unavailable`.

    Synopsis::

        users = InMemoryRepository(User)
        await users.save(User("1", "Ann"))

    Args:
      Entity: A dataclass; see `open_sql_repository` for the types that its fields may have.
      key: The name of the field that identifies an entity.

    Raises:
      TypeError: if ``Entity`` is not such a dataclass, naming the field that is wrong.
      ValueError: if ``key`` is not one of its fields.
    Cost:
      A dictionary entry with a small dictionary for each entity; ``all`` sorts the keys once.

    See Also:
      `open_sql_repository`, ``docs/patterns/traits``.
    """

    def __init__(self, Entity: type[E], *, key: str = "id") -> None:  # noqa: N803
        self._model = EntityModel(Entity, key)
        self._rows: dict[Any, Row] = {}

    def __repr__(self) -> str:
        return f"<InMemoryRepository of {len(self._rows)} {self._model.name}>"

    async def find_by_id(self, key: Hashable) -> E | None:
        """Return a copy of the entity with this key, or ``None``."""
        value = self._model.key_value(key)
        await trio.lowlevel.checkpoint()
        row = self._rows.get(value)
        return None if row is None else self._model.from_values(tuple(row.values()))

    async def save(self, entity: E) -> None:
        """Insert a copy of ``entity``, or replace the one with its key."""
        await self._commit([self._model.row(entity)])

    async def save_many(self, entities: Iterable[E]) -> None:
        """Save copies of all of ``entities``, or of none."""
        rows: list[Row] = []
        budget = CheckpointBudget()
        for row in self._model.rows(entities):
            rows.append(row)
            await budget.checkpoint()
        await self._commit(rows)

    async def _commit(self, rows: list[Row]) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        self._rows.update((row[self._model.key], row) for row in rows)
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def delete(self, key: Hashable) -> bool:
        """Remove the entity with this key; tell whether there was one."""
        value = self._model.key_value(key)
        await trio.lowlevel.checkpoint_if_cancelled()
        removed = self._rows.pop(value, None) is not None
        await trio.lowlevel.cancel_shielded_checkpoint()
        return removed

    def all(self) -> Stream[E]:
        """Return a cold stream of copies of all entities in the order of their keys."""
        return stream(self._entities)

    async def _entities(self) -> AsyncGenerator[E, None]:  # noqa: ASYNC900 - `stream` closes it
        await trio.lowlevel.checkpoint()
        for key in sorted(self._rows):
            row = self._rows.get(key)
            if row is not None:
                yield self._model.from_values(tuple(row.values()))
