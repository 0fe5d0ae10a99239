"""``open_sql_repository``: a repository on any database that SQLAlchemy knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

from .._core.arguments import check_int
from .._core.budget import CHECKPOINT_BUDGET, CheckpointBudget
from ..streams import Stream, stream
from .entity import EntityModel, Row
from .implements import implements
from .repository import Repository

if TYPE_CHECKING:
    import sqlalchemy

    from .sql_pool import ConnectionPool
    from .sql_table import EntityTable

__all__ = ["SqlRepository", "open_sql_repository"]

E = TypeVar("E")


@final
@implements(Repository)
class SqlRepository(Generic[E]):
    """A `Repository` in one table of a database; `open_sql_repository` makes it.

    Any number of tasks may use it at once. Each call has a connection of its own for as long as it runs, so
    a connection is never used by two tasks.

    Cancellation:
      A call that waits for a connection is withdrawn. A statement that runs is cancelled in the database and
      its connection is discarded, never given back: its state would be in doubt. The cancelled call returns
      when that is done, which takes milliseconds; a server that does not react is cut off after 5 seconds.
    Ordering:
      First come, first served. On SQLite calls that write wait in a line of their own, without a connection,
      because SQLite has one writer at a time.
    """

    __slots__ = ("_model", "_page_size", "_pool", "_table")

    def __init__(self, model: EntityModel[E], table: EntityTable, pool: ConnectionPool) -> None:
        self._model = model
        self._table = table
        self._pool = pool
        # A stream may pass this many ready items without a checkpoint, and every page begins with one.
        self._page_size = CHECKPOINT_BUDGET

    def __repr__(self) -> str:
        return f"<SqlRepository of {self._model.name} in table {self._table.name!r} of {self._pool.url}>"

    async def find_by_id(self, key: Hashable) -> E | None:
        """Return the entity with this key, or ``None``."""
        value = self._model.key_value(key)
        values = await self._pool.run("find_by_id", lambda connection, _: self._table.find(connection, value))
        return None if values is None else self._model.from_values(values)

    async def save(self, entity: E) -> None:
        """Insert ``entity``, or replace the whole row with its key."""
        await self._write("save", [self._model.row(entity)])

    async def save_many(self, entities: Iterable[E]) -> None:
        """Save all of ``entities`` in one transaction: all of them, or none."""
        rows: dict[Any, Row] = {}
        budget = CheckpointBudget()
        for row in self._model.rows(entities):
            rows[row[self._model.key]] = row
            await budget.checkpoint()
        # In the order of keys: two transactions that lock the same rows in different order deadlock.
        await self._write("save_many", [rows[key] for key in sorted(rows)])

    async def _write(self, operation: str, rows: Sequence[Row]) -> None:
        await self._pool.run(
            operation,
            lambda connection, check_stopped: self._table.save(connection, rows, check_stopped),
            writes=True,
        )

    async def delete(self, key: Hashable) -> bool:
        """Remove the entity with this key; tell whether there was one."""
        value = self._model.key_value(key)
        return await self._pool.run(
            "delete", lambda connection, _: self._table.delete(connection, value), writes=True
        )

    def all(self) -> Stream[E]:
        """Return a cold stream of all entities in the order of their keys, fetched in batches."""
        return stream(self._entities)

    async def _entities(self) -> AsyncGenerator[E, None]:  # noqa: ASYNC900 - `stream` closes it
        # Each page is a query of its own, from behind the last key. A cursor left open would hold a
        # connection for as long as the consumer takes, and keep SQLite's log from being written back.
        after: Any = None
        while True:
            page = await self._pool.run("all", partial(self._page, after))
            for values in page:
                yield self._model.from_values(values)
            if len(page) < self._page_size:
                return
            after = page[-1][self._table.key_index]

    def _page(
        self, after: Any, connection: sqlalchemy.Connection, _check_stopped: object
    ) -> list[Sequence[Any]]:
        return self._table.page(connection, after, self._page_size)


def open_sql_repository(
    url: str | sqlalchemy.URL,
    Entity: type[E],  # noqa: N803
    *,
    key: str = "id",
    table: str | None = None,
    pool_size: int = 5,
) -> AbstractAsyncContextManager[SqlRepository[E]]:
    """Open a repository of ``Entity`` in a table of the database at ``url``.

    ``Entity`` is a dataclass and its fields are the columns. The table is created when it does not exist; one
    that exists may have more columns. There are no migrations and no queries besides those of `Repository`:
    for these use SQLAlchemy itself, with `trio_patterns.spawning.offload`.

    Synopsis::

        async with open_sql_repository("sqlite:///users.db", User) as users:
            await users.save(User("1", "Ann"))
        # every connection is closed

    Args:
      url: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite://`` (in memory, gone at the end),
        ``postgresql://user:password@host/name`` (through psycopg 3), or another of SQLAlchemy's URLs, with a
        driver for threads.
      Entity: A dataclass. A field is str, int, float, bool, bytes, datetime (with a time zone; it comes back
        in UTC), date, Decimal, UUID or an Enum (stored by name), each also ``| None``.
      key: The field that is the primary key: no float, no Decimal, not ``None``.
      table: The table's name, by default the entity's in snake_case (``link_check`` of ``LinkCheck``).
      pool_size: Connections at most, and threads, int >= 1. SQLite in memory always has one.

    Yields:
      A `SqlRepository`.

    Raises:
      TypeError: at the call, if ``Entity`` is not such a dataclass, naming the field that is wrong.
      ValueError: at the call, if ``key`` is not one of its fields or ``url`` is not the URL of a database;
        on entering, if the table exists and does not fit, naming the columns.
      ImportError: at the call, if SQLAlchemy or the driver is missing, naming the extra to install.
      Unavailable: on entering, if the database cannot be opened.

    Cancellation:
      Leaving the block closes every connection, also when cancelled, in a step of bounded time (calls that
      still run in other tasks get 5 seconds). After it every method raises `trio.ClosedResourceError`.

    Cost:
      A call costs a worker thread's round trip on top of the query. Connections are made when they are
      needed and kept. An SQLite file is switched to its write-ahead log, so that reading and writing do not
      exclude each other; of several processes that write, each waits for the others 5 seconds
      (``?timeout=`` in the URL), then raises `Unavailable`.

    See Also:
      ``docs/patterns/traits``, ``examples/traits/repository.py``.
    """
    model = EntityModel(Entity, key)
    name = _table_name(table, model)
    check_int("pool_size", pool_size, minimum=1)
    try:
        from .sql_engine import make_engine
        from .sql_pool import ConnectionPool
        from .sql_table import EntityTable
    except ImportError as exc:
        raise ImportError("open_sql_repository needs SQLAlchemy: pip install 'trio-patterns[sql]'") from exc

    engine, size, lock_timeout = make_engine(url, pool_size)
    pool = ConnectionPool(engine, size=size, lock_timeout=lock_timeout, table=name)
    entity_table = EntityTable(model, name, engine.dialect.name)
    return _opened(SqlRepository(model, entity_table, pool), entity_table, pool)


def _table_name(table: object, model: EntityModel[Any]) -> str:
    if table is None:
        return model.snake_name
    if not isinstance(table, str) or not table:
        raise TypeError(f"table must be the name of a table or None, got {table!r}")
    return table


@asynccontextmanager
async def _opened(
    repository: SqlRepository[E], table: EntityTable, pool: ConnectionPool
) -> AsyncGenerator[SqlRepository[E], None]:
    try:
        await pool.run("open", lambda connection, _: table.prepare(connection))
        yield repository
    finally:
        await pool.aclose()
