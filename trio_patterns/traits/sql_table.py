"""The table of an entity: its columns, its statements, its creation. Imports SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, final

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

from .entity import EntityModel, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from .fields import FieldType

__all__ = ["EntityTable", "begin_write"]

#: Rows written by one call of the driver: enough to make the calls cheap, few enough to stop soon.
_CHUNK: Final = 500


@final
class _ExactDecimal(sa.types.TypeDecorator[Any]):
    """NUMERIC where it keeps every digit (PostgreSQL), text where it would be rounded or become a float."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        exact = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.Numeric() if exact else sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        from decimal import Decimal

        return None if value is None else Decimal(value)


_COLUMN_TYPES: Final[dict[str, Callable[[], sa.types.TypeEngine[Any]]]] = {
    "str": sa.Text,
    # Exactly INTEGER makes an SQLite key the row's own number.
    "int": lambda: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "bool": sa.Boolean,
    "float": sa.Double,
    "bytes": sa.LargeBinary,
    "datetime": lambda: sa.DateTime(timezone=True),
    "date": sa.Date,
    "decimal": _ExactDecimal,
    "uuid": sa.Uuid,
}


def _column_type(field: FieldType, *, is_key: bool) -> sa.types.TypeEngine[Any]:
    if is_key and field.column == "str":
        # Other databases can't index a text without a length. PostgreSQL's own collations order by language;
        # "C" is the order of Python's str, and with it on the column the index serves the paging.
        return sa.String(255).with_variant(sa.Text(collation="C"), "postgresql")
    return _COLUMN_TYPES[field.column]()


def begin_write(connection: sa.Connection) -> None:
    """Begin a transaction that will write.

    SQLite's driver is in autocommit mode here, so it gets a BEGIN. IMMEDIATE takes the write lock at once: a
    transaction that reads first and asks for it later can fail where no waiting helps.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@final
class EntityTable:
    """What a repository does, as functions of a connection; they run in a worker thread.

    Every statement names its columns, so a table may have more of them than the entity has fields.
    """

    def __init__(self, model: EntityModel[Any], name: str, dialect: str) -> None:
        self.name = name
        self._key_name = model.key
        self._columns = [
            sa.Column(
                field_name,
                _column_type(field, is_key=field_name == model.key),
                primary_key=field_name == model.key,
                nullable=field.nullable,
                autoincrement=False,
            )
            for field_name, field in model.fields.items()
        ]
        self._table = sa.Table(name, sa.MetaData(), *self._columns)
        key = self._table.c[model.key]
        self._others = [column for column in self._columns if column is not key]
        self.key_index = self._columns.index(key)

        select = sa.select(*self._columns)
        self._find = select.where(key == sa.bindparam("key"))
        self._first_page = select.order_by(key).limit(sa.bindparam("size"))
        self._next_page = self._first_page.where(key > sa.bindparam("after", type_=key.type))
        self._delete = sa.delete(self._table).where(key == sa.bindparam("key"))
        self._insert = sa.insert(self._table)
        self._update = (
            sa.update(self._table)
            .where(key == sa.bindparam("key"))
            .values({column.name: sa.bindparam(f"new_{column.name}") for column in self._others})
        )
        self._upsert = self._make_upsert(dialect)

    def _make_upsert(self, dialect: str) -> sa.Executable | None:
        """Return INSERT ... ON CONFLICT DO UPDATE for the dialects that have it."""
        insert: Any
        if dialect == "sqlite":
            insert = sqlite.insert(self._table)
        elif dialect == "postgresql":
            insert = postgresql.insert(self._table)
        else:
            return None
        if not self._others:
            return insert.on_conflict_do_nothing(index_elements=[self._key_name])  # type: ignore[no-any-return]
        return insert.on_conflict_do_update(  # type: ignore[no-any-return]
            index_elements=[self._key_name],
            set_={column.name: insert.excluded[column.name] for column in self._others},
        )

    def find(self, connection: sa.Connection, key: Any) -> Sequence[Any] | None:
        """Return the column values of the row with ``key``."""
        row = connection.execute(self._find, {"key": key}).one_or_none()
        return None if row is None else tuple(row)

    def page(self, connection: sa.Connection, after: Any, size: int) -> list[Sequence[Any]]:
        """Return ``size`` rows in the order of keys, from behind the key ``after`` (None: from the start)."""
        if after is None:
            rows = connection.execute(self._first_page, {"size": size}).all()
        else:
            rows = connection.execute(self._next_page, {"size": size, "after": after}).all()
        return [tuple(row) for row in rows]

    def delete(self, connection: sa.Connection, key: Any) -> bool:
        """Remove the row with ``key``; tell whether there was one."""
        begin_write(connection)
        removed = connection.execute(self._delete, {"key": key}).rowcount > 0
        connection.commit()
        return removed

    def save(self, connection: sa.Connection, rows: Sequence[Row], check_stopped: Callable[[], None]) -> None:
        """Write all rows, no two with one key, in one transaction."""
        begin_write(connection)
        for start in range(0, len(rows), _CHUNK):
            check_stopped()
            chunk = rows[start : start + _CHUNK]
            if self._upsert is not None:
                connection.execute(self._upsert, chunk)
            else:
                for row in chunk:
                    self._update_or_insert(connection, row)
        connection.commit()

    def _update_or_insert(self, connection: sa.Connection, row: Row) -> None:
        key = row[self._key_name]
        if self._others:
            new = {f"new_{column.name}": row[column.name] for column in self._others}
            if connection.execute(self._update, {"key": key, **new}).rowcount:
                return
        elif self.find(connection, key) is not None:
            return
        connection.execute(self._insert, row)

    def prepare(self, connection: sa.Connection) -> None:
        """Create the table if it is missing, else check that it fits.

        Raises:
          ValueError: if a table of that name exists, but cannot hold the entities.
        """
        if not sa.inspect(connection).has_table(self.name):
            self._create(connection)
        self._check(sa.inspect(connection))

    def _create(self, connection: sa.Connection) -> None:
        try:
            begin_write(connection)
            connection.execute(sa.schema.CreateTable(self._table, if_not_exists=True))
            connection.commit()
        except exc.DBAPIError:
            # Another process may have created it just now: PostgreSQL's IF NOT EXISTS does not exclude that.
            connection.rollback()
            if not sa.inspect(connection).has_table(self.name):
                raise

    def _check(self, inspector: sa.Inspector) -> None:
        existing = {column["name"]: column for column in inspector.get_columns(self.name)}
        missing = [column.name for column in self._columns if column.name not in existing]
        if missing:
            raise ValueError(
                f"table {self.name!r} has no column {', '.join(map(repr, missing))} (it has "
                f"{', '.join(map(repr, existing))}): add what is missing, or choose another `table=`"
            )
        ours = {column.name for column in self._columns}
        required = [
            name
            for name, column in existing.items()
            if name not in ours
            and not column["nullable"]
            and column.get("default") is None
            and not column.get("identity")
            and not column.get("computed")
        ]
        if required:
            raise ValueError(
                f"table {self.name!r} has columns that need a value and are no fields of the entity: "
                f"{', '.join(map(repr, required))}"
            )
        if [self._key_name] not in self._unique_columns(inspector):
            raise ValueError(
                f"table {self.name!r} needs a primary key or unique constraint on {self._key_name!r} alone"
            )

    def _unique_columns(self, inspector: sa.Inspector) -> list[Sequence[str | None]]:
        return [
            inspector.get_pk_constraint(self.name)["constrained_columns"],
            *(constraint["column_names"] for constraint in inspector.get_unique_constraints(self.name)),
            *(index["column_names"] for index in inspector.get_indexes(self.name) if index["unique"]),
        ]
