"""What is particular to databases: URLs, tables, errors. The common contract is in ``test_sql_contract``."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
import trio
from sqlalchemy.engine import Connection

from tests.traits.repository_contract import Opening, RepositoryContract, until
from trio_patterns import TrioPatternsError
from trio_patterns.traits import Conflict, SqlRepository, Unavailable, open_sql_repository
from trio_patterns.traits.sql_table import EntityTable


@dataclass
class User:
    id: str
    name: str


@dataclass
class LinkCheck:
    id: int


def path_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements behind the repository's back; return the rows of the last."""
    rows: list[Any] = []
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
    else:
        with psycopg.connect(url, autocommit=True) as server:
            for statement in statements:
                cursor = server.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
    return rows


@contextmanager
def write_lock(url: str) -> Iterator[None]:
    with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture(params=["file", "pg"])
def stored_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a database that stays when the repository is closed."""
    result: str = request.getfixturevalue(f"{request.param}_url")
    return result


class TestOtherDatabases(RepositoryContract):
    """Without ON CONFLICT: update, and insert if there was nothing to update."""

    @pytest.fixture
    def opening(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opening:
        make_upsert = EntityTable._make_upsert
        monkeypatch.setattr(EntityTable, "_make_upsert", lambda self, dialect: make_upsert(self, "other"))
        count = 0

        def opening(entity: Any, key: str = "id") -> AbstractAsyncContextManager[Any]:
            nonlocal count
            count += 1
            return open_sql_repository(f"sqlite:///{tmp_path / 'x.db'}", entity, key=key, table=f"t{count}")

        return opening


# Tables


async def test_entities_are_there_when_the_database_is_opened_again(stored_url: str) -> None:
    async with open_sql_repository(stored_url, User) as users:
        await users.save(User("1", "Ann"))
    async with open_sql_repository(stored_url, User) as users:
        assert await users.find_by_id("1") == User("1", "Ann")


async def test_the_table_is_named_after_the_entity_or_as_you_say(stored_url: str) -> None:
    async with open_sql_repository(stored_url, LinkCheck) as checks:
        await checks.save(LinkCheck(1))
    async with open_sql_repository(stored_url, LinkCheck, table="select") as checks:
        await checks.save(LinkCheck(2))
    assert execute(stored_url, "SELECT id FROM link_check") == [(1,)]
    assert execute(stored_url, 'SELECT id FROM "select"') == [(2,)]


async def test_an_existing_table_may_have_more_columns_and_keeps_them(stored_url: str) -> None:
    """Every statement names its columns: there is no ``SELECT *`` that a new column could break."""
    execute(
        stored_url,
        'CREATE TABLE "user" (added INTEGER DEFAULT 7, name TEXT NOT NULL, id TEXT, more TEXT, UNIQUE (id))',
        "INSERT INTO \"user\" (added, name, id) VALUES (3, 'Ann', '1')",
    )
    async with open_sql_repository(stored_url, User) as users:
        assert await users.find_by_id("1") == User("1", "Ann")
        await users.save(User("1", "Zoe"))
        await users.save(User("2", "Bob"))
        assert await users.all().collect() == [User("1", "Zoe"), User("2", "Bob")]
    assert execute(stored_url, 'SELECT id, name, added FROM "user" ORDER BY id') == [
        ("1", "Zoe", 3),
        ("2", "Bob", 7),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            "id TEXT PRIMARY KEY, mail TEXT",
            r"table 'user' has no column 'name' \(it has 'id', 'mail'\): add what is missing, or choose",
        ),
        (
            "id TEXT PRIMARY KEY, name TEXT, mail TEXT NOT NULL",
            r"table 'user' has columns that need a value and are no fields of the entity: 'mail'",
        ),
        ("id TEXT, name TEXT", r"table 'user' needs a primary key or unique constraint on 'id' alone"),
        (
            "id TEXT, name TEXT, PRIMARY KEY (id, name)",
            r"needs a primary key or unique constraint on 'id' alone",
        ),
    ],
)
async def test_an_existing_table_that_does_not_fit_is_refused(
    stored_url: str, columns: str, message: str
) -> None:
    execute(stored_url, f'CREATE TABLE "user" ({columns})')
    with pytest.raises(ValueError, match=message):
        async with open_sql_repository(stored_url, User):
            pass


async def test_a_unique_index_on_the_key_is_enough(stored_url: str) -> None:
    execute(
        stored_url,
        'CREATE TABLE "user" (id TEXT, name TEXT)',
        'CREATE INDEX by_name ON "user" (name)',
        'CREATE UNIQUE INDEX by_id ON "user" (id)',
    )
    async with open_sql_repository(stored_url, User) as users:
        await users.save(User("1", "Ann"))
        await users.save(User("1", "Bob"))
        assert await users.all().collect() == [User("1", "Bob")]


async def test_two_processes_may_create_the_table_at_once(pg_url: str) -> None:
    """The second creation waits for the first, fails, and finds the table."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%CREATE TABLE%'"
    )
    async with trio.open_nursery() as nursery:
        with psycopg.connect(pg_url) as first:
            first.execute('CREATE TABLE "user" (id TEXT PRIMARY KEY, name TEXT)')

            async def second() -> None:
                async with open_sql_repository(pg_url, User) as users:
                    await users.save(User("1", "Ann"))

            nursery.start_soon(second)
            await until(lambda: execute(pg_url, waiting) == [(1,)])
    assert execute(pg_url, 'SELECT id FROM "user"') == [("1",)]


async def test_text_keys_are_ordered_by_code_point_whatever_the_servers_language(pg_url: str) -> None:
    async with open_sql_repository(pg_url, User):
        pass
    columns = "information_schema.columns WHERE table_schema = current_schema() AND table_name = 'user'"
    assert execute(pg_url, f"SELECT collation_name FROM {columns} AND column_name = 'id'") == [("C",)]


async def test_batches_that_overlap_in_another_order_do_not_deadlock(pg_url: str) -> None:
    """Rows are written in the order of their keys: else each would wait for a row of the other."""
    rows = [User(f"{n:05}", "x") for n in range(2000)]
    async with open_sql_repository(pg_url, User) as users:
        for _ in range(3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(users.save_many, rows)
                nursery.start_soon(users.save_many, rows[::-1])
        assert await users.all().count() == 2000


async def test_tasks_may_open_the_same_new_file_at_once(file_url: str) -> None:
    async def use(n: int) -> None:
        async with open_sql_repository(file_url, LinkCheck) as checks:
            await checks.save(LinkCheck(n))

    async with trio.open_nursery() as nursery:
        for n in range(8):
            nursery.start_soon(use, n)
    assert len(execute(file_url, "SELECT * FROM link_check")) == 8


async def test_sqlite_files_use_the_write_ahead_log_and_leave_none(file_url: str, tmp_path: Path) -> None:
    async with open_sql_repository(file_url, User) as users:
        await users.save(User("1", "Ann"))
        assert execute(file_url, "PRAGMA journal_mode") == [("wal",)]
    assert os.listdir(tmp_path) == ["test.db"]


async def test_a_relative_path_keeps_its_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    async with open_sql_repository("sqlite:///here.db", User) as users:
        os.chdir("elsewhere")
        async with trio.open_nursery() as nursery:
            for n in range(20):
                nursery.start_soon(users.save, User(str(n), "x"))
    assert sorted(os.listdir(tmp_path)) == ["elsewhere", "here.db"]


# Conflict


async def test_a_conflict_names_the_table_and_saves_nothing(stored_url: str) -> None:
    execute(stored_url, 'CREATE TABLE "user" (id TEXT PRIMARY KEY, name TEXT UNIQUE)')
    async with open_sql_repository(stored_url, User) as users:
        await users.save(User("1", "Ann"))
        with pytest.raises(Conflict, match=r"save: table 'user' does not accept the data: .*") as info:
            await users.save(User("2", "Ann"))
        conflict = info.value
        assert isinstance(conflict, TrioPatternsError)
        assert (conflict.operation, conflict.table) == ("save", "user")
        assert "unique" in conflict.reason.lower()
        assert "\n" not in str(conflict)
        assert isinstance(conflict.__cause__, sqlite3.IntegrityError | psycopg.errors.UniqueViolation)
        with pytest.raises(Conflict, match="save_many: "):
            await users.save_many([User("3", "Zoe"), User("4", "Ann")])
        assert await users.all().collect() == [User("1", "Ann")]
        await users.save(User("2", "Bob"))


async def test_a_value_too_long_for_its_column_is_a_conflict(pg_url: str) -> None:
    execute(pg_url, 'CREATE TABLE "user" (id TEXT PRIMARY KEY, name VARCHAR(3))')
    async with open_sql_repository(pg_url, User) as users:
        with pytest.raises(Conflict, match="value too long for type character varying"):
            await users.save(User("1", "Annabel"))


# Unavailable


async def test_a_locked_file_is_unavailable_after_the_timeout(file_url: str) -> None:
    async with open_sql_repository(file_url + "?timeout=0.1", User) as users:
        with write_lock(file_url):
            with pytest.raises(
                Unavailable, match=r"save: sqlite:///.* is unavailable: database is locked"
            ) as info:
                await users.save(User("1", "Ann"))
            error = info.value
            assert isinstance(error, TrioPatternsError)
            assert (error.operation, error.reason) == ("save", "database is locked")
            assert error.url.startswith("sqlite:///")
            assert isinstance(error.__cause__, sqlite3.OperationalError)
        await users.save(User("1", "Ann"))


async def test_a_lock_that_is_released_in_time_is_waited_for(file_url: str) -> None:
    async with open_sql_repository(file_url, User) as users:
        async with trio.open_nursery() as nursery:
            with write_lock(file_url):
                nursery.start_soon(users.save, User("1", "Ann"))
                await trio.sleep(0.2)
        assert await users.find_by_id("1") == User("1", "Ann")


async def test_a_full_disk_is_unavailable_and_what_was_saved_stays(file_url: str) -> None:
    def limit_size(connection: Connection, _: object) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    async with open_sql_repository(file_url, User, pool_size=1) as users:
        await users.save(User("1", "Ann"))
        await users._pool.run("test", limit_size)
        with pytest.raises(Unavailable, match="is unavailable: database or disk is full"):
            await users.save_many(User(str(n), "x" * 1000) for n in range(2, 100))
        assert await users.all().collect() == [User("1", "Ann")]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: f"sqlite:///{path}/no/folder/x.db", "unable to open database file"),
        (lambda path: f"sqlite:///{path}", "unable to open database file"),
        (lambda path: f"sqlite:///{damaged(path)}", "file is not a database"),
        (
            lambda path: f"sqlite:///file:{empty(path)}?mode=ro&uri=true",
            "attempt to write a readonly database",
        ),
        (lambda path: f"postgresql://user:secret@127.0.0.1:{free_port()}/x", "connection failed: .*refused"),
    ],
    ids=["no folder", "a folder", "no database", "read-only", "no server"],
)
async def test_what_cannot_be_opened_is_unavailable(tmp_path: Path, make: Any, reason: str) -> None:
    """One clear line with the place and the reason, and no password in it."""
    with pytest.raises(Unavailable, match=f"open: .*://.* is unavailable: {reason}") as info:
        async with open_sql_repository(make(tmp_path), User):
            pass
    text = str(info.value)
    assert "secret" not in text
    assert len(text.splitlines()) == 1
    assert isinstance(info.value.__cause__, sqlite3.Error | psycopg.Error)


def damaged(folder: Path) -> Path:
    path = folder / "damaged.db"
    path.write_bytes(b"this is not a database, " * 100)
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.db"
    path.touch()
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def test_a_table_that_cannot_be_created_is_unavailable(pg_url: str) -> None:
    url = pg_url + "%20-cdefault_transaction_read_only%3Don"
    with pytest.raises(Unavailable, match=r"open: .* cannot execute CREATE TABLE in a read-only transaction"):
        async with open_sql_repository(url, User):
            pass


async def test_a_table_that_is_gone_is_unavailable(stored_url: str) -> None:
    async with open_sql_repository(stored_url, User) as users:
        execute(stored_url, 'DROP TABLE "user"')
        with pytest.raises(Unavailable, match=r"find_by_id: .* (no such table|does not exist)"):
            await users.find_by_id("1")


# Arguments


def test_wrong_arguments_fail_at_the_call() -> None:
    anything: Any = open_sql_repository
    with pytest.raises(TypeError, match="Entity must be a dataclass, got <class 'int'>"):
        anything("sqlite://", int)
    with pytest.raises(ValueError, match=r"key must be a field of User \(id, name\), got 'mail'"):
        anything("sqlite://", User, key="mail")
    for table in (3, ""):
        with pytest.raises(TypeError, match=f"table must be the name of a table or None, got {table!r}"):
            anything("sqlite://", User, table=table)
    with pytest.raises(ValueError, match="pool_size must be an int >= 1, got 0"):
        anything("sqlite://", User, pool_size=0)
    with pytest.raises(TypeError, match=r"url must be a str or a sqlalchemy.URL, got PosixPath|WindowsPath"):
        anything(Path("x.db"), User)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("users.db", r"got 'users.db'; for an SQLite file write 'sqlite:///users.db'"),
        ("", r"url must be a database URL such as 'sqlite:///file.db', got ''"),
        ("postgresql://me:secret@host:port/x", r"got 'postgresql://me:\*\*\*@host:port/x'"),
        ("nosuch://me:secret@host/x", r"that SQLAlchemy knows, got 'nosuch://me:\*\*\*@host/x'"),
        (
            "postgresql+psycopg_async://h/x",
            r"a driver for threads, got 'postgresql\+psycopg_async://h/x' for asyncio",
        ),
        ("sqlite:///x.db?timeout=soon", r"url: timeout must be a number of seconds, got 'soon'"),
    ],
)
def test_urls_that_name_no_database(address: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as info:
        open_sql_repository(address, User)
    assert "secret" not in str(info.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_postgresql_url_means_psycopg_3(scheme: str) -> None:
    """SQLAlchemy 2.0 would look for psycopg2."""
    from trio_patterns.traits.sql_engine import make_engine

    engine, size, _ = make_engine(f"{scheme}://host/x", 3)
    assert (engine.dialect.driver, size) == ("psycopg", 3)


def test_urls_may_be_objects_and_state_a_timeout_of_their_own(file_url: str) -> None:
    from trio_patterns.traits.sql_engine import make_engine

    engine, _, timeout = make_engine(sqlalchemy.make_url(file_url + "?timeout=2"), 1)
    assert timeout == 2.0
    assert isinstance(engine, sqlalchemy.Engine)
    make_engine("postgresql://h/x?connect_timeout=3", 1)


@pytest.mark.parametrize("address", ["sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
async def test_a_database_in_memory_has_one_connection(address: str) -> None:
    async with open_sql_repository(address, User, pool_size=5) as users:
        assert users._pool.limiter.total_tokens == 1
        await users.save(User("1", "Ann"))
        assert await users.find_by_id("1") == User("1", "Ann")


@pytest.mark.parametrize(
    ("missing", "address", "message"),
    [
        (
            "sqlalchemy",
            "sqlite://",
            r"open_sql_repository needs SQLAlchemy: pip install 'trio-patterns\[sql\]'",
        ),
        (
            "psycopg",
            "postgresql://h/x",
            r"postgresql\+psycopg://h/x needs a driver .*: pip install 'trio-patterns\[postgres\]'",
        ),
        (
            "pymysql",
            "mysql+pymysql://h/x",
            r"mysql\+pymysql://h/x needs a driver that is not installed: install pymysql",
        ),
    ],
)
def test_a_missing_extra_is_named(
    missing: str, address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for name in ("sql_engine", "sql_pool", "sql_table", "sql_call"):
        monkeypatch.delitem(sys.modules, f"trio_patterns.traits.{name}", raising=False)
    with pytest.raises(ImportError, match=message):
        open_sql_repository(address, User)


def test_importing_the_family_imports_no_database() -> None:
    code = "import sys, trio_patterns.traits; print({'sqlalchemy', 'psycopg', 'sqlite3'} & set(sys.modules))"
    # Where coverage is measured, it would start in there too, and import its own database.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert output.stdout.strip() == "set()"


async def test_a_repository_shows_its_table_and_hides_its_password(file_url: str) -> None:
    async with open_sql_repository(file_url, User) as users:
        assert repr(users) == f"<SqlRepository of User in table 'user' of {file_url}>"


async def test_two_repositories_may_share_a_file(file_url: str) -> None:
    Other = make_dataclass("Other", [("id", str)])
    async with open_sql_repository(file_url, User) as users, open_sql_repository(file_url, Other) as others:
        await users.save(User("1", "Ann"))
        await others.save(Other("1"))
        assert await users.all().count() == await others.all().count() == 1


# Danger: the upsert does not look at what it replaces


async def test_find_change_save_loses_updates_unless_a_lock_is_held(url: str) -> None:
    """Two tasks read the same row, and the second to save overwrites the first: the lost update."""
    Account = make_dataclass("Account", [("id", str), ("balance", int)])

    async def deposit(accounts: SqlRepository[Any], lock: AbstractAsyncContextManager[object]) -> None:
        async with lock:
            account = await accounts.find_by_id("a")
            await trio.sleep(0.01)
            account.balance += 1
            await accounts.save(account)

    async def total(lock: Any) -> int:
        async with open_sql_repository(url, Account, table=f"t{type(lock).__name__}") as accounts:
            await accounts.save(Account("a", 0))
            async with trio.open_nursery() as nursery:
                for _ in range(10):
                    nursery.start_soon(deposit, accounts, lock)
            found = await accounts.find_by_id("a")
            return int(found.balance)

    assert await total(trio.Semaphore(10)) < 10
    assert await total(trio.Lock()) == 10
