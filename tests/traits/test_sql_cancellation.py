"""A cancelled call ends soon, and never gives a connection in doubt back to the pool.

These run on the real clock: a virtual one does not know that a thread is at work.
"""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import trio
from sqlalchemy import make_url
from sqlalchemy.engine import Connection

from tests.traits.repository_details import until
from trio_patterns.traits import SqlRepository, Unavailable, open_sql_repository, sql_call


@dataclass
class User:
    id: str
    name: str


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def slow(connection: Connection, check_stopped: object = None) -> None:
    """Run a statement that takes half a minute at least."""
    postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("SELECT pg_sleep(30)" if postgres else ENDLESS).fetchall()


def driver_connection(connection: Connection, check_stopped: object = None) -> Any:
    return connection.connection.driver_connection


async def is_idle(repository: SqlRepository[Any]) -> bool:
    """Every connection is back and every token too, which takes a moment longer than the call."""
    pool: Any = repository._pool
    await until(lambda: pool.limiter.borrowed_tokens == 0)
    checked_out = getattr(pool._engine.pool, "checkedout", lambda: 0)()
    return checked_out == 0 and not pool._calls


async def test_a_cancelled_statement_ends_and_its_connection_is_discarded(url: str) -> None:
    async with open_sql_repository(url, User, pool_size=1) as users:
        await users.save(User("1", "Ann"))
        before = await users._pool.run("test", driver_connection)
        started = time.monotonic()
        with trio.move_on_after(0.2) as scope:
            await users._pool.run("test", slow)
        assert scope.cancelled_caught
        assert time.monotonic() - started < 4  # not 30
        assert await is_idle(users)
        after = await users._pool.run("test", driver_connection)
        # A database in memory is its connection, which SQLite's interrupt leaves in order.
        assert (after is before) == (url == "sqlite://")
        await users.save(User("2", "Bob"))
        assert await users.all().count() == 2
        assert await is_idle(users)


async def test_a_cancelled_statement_ends_on_the_server(pg_url: str) -> None:
    def sleepers(connection: Connection, _: object) -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%%' AND state = 'active'"
        )
        return int(connection.exec_driver_sql(query).scalar_one())

    async with open_sql_repository(pg_url, User) as users:
        with trio.move_on_after(0.2):
            await users._pool.run("test", slow)
        assert await users._pool.run("test", sleepers) == 0


async def test_cancelling_one_call_leaves_the_others_alone(pg_url: str) -> None:
    def nap(connection: Connection, _: object) -> bool:
        connection.exec_driver_sql("SELECT pg_sleep(0.5)")
        return True

    results: list[bool] = []
    async with open_sql_repository(pg_url, User) as users:
        async with trio.open_nursery() as nursery:

            async def napping() -> None:
                results.append(await users._pool.run("test", nap))

            nursery.start_soon(napping)
            nursery.start_soon(napping)
            with trio.move_on_after(0.1):
                await users._pool.run("test", slow)
        assert results == [True, True]


async def test_a_save_that_waits_for_a_row_lock_can_be_cancelled(pg_url: str) -> None:
    import psycopg

    async with open_sql_repository(pg_url, User, pool_size=1) as users:
        await users.save(User("1", "Ann"))
        # The context manager commits; what comes here is rolled back.
        with closing(psycopg.connect(pg_url)) as other:
            other.execute("UPDATE \"user\" SET name = 'Bob'")
            with trio.move_on_after(0.2) as scope:
                await users.save(User("1", "Zoe"))
            assert scope.cancelled_caught
            assert await is_idle(users)
        assert await users.find_by_id("1") == User("1", "Ann")
        await users.save(User("1", "Zoe"))
        assert await users.find_by_id("1") == User("1", "Zoe")


@contextmanager
def write_lock(url: str) -> Iterator[None]:
    """Hold the write lock of an SQLite file as another process would."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_a_save_that_waits_for_the_file_lock_can_be_cancelled(file_url: str) -> None:
    async with open_sql_repository(file_url, User) as users:
        with write_lock(file_url):
            started = time.monotonic()
            with trio.move_on_after(0.2) as scope:
                await users.save(User("1", "Ann"))
            assert scope.cancelled_caught
            assert time.monotonic() - started < 2  # not the lock's 5 seconds
            assert await users.all().collect() == []  # readers go on
        await users.save(User("1", "Ann"))
        assert await is_idle(users)


async def test_a_cancelled_save_many_saves_none_and_stops_between_statements(url: str) -> None:
    async with open_sql_repository(url, User) as users:
        rows = [{"id": str(n), "name": "x"} for n in range(1200)]
        entered = threading.Event()

        def work(connection: Connection, check_stopped: Callable[[], None]) -> None:
            checks = 0

            def check() -> None:
                nonlocal checks
                checks += 1
                if checks == 2:  # 500 rows are written: wait until somebody stops the call
                    entered.set()
                    while True:
                        check_stopped()
                        time.sleep(0.001)

            users._table.save(connection, rows, check)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(users._pool.run, "test", work)
            await until(entered.is_set)
            nursery.cancel_scope.cancel()
        assert await is_idle(users)
        assert await users.all().collect() == []


async def test_a_stream_that_is_cancelled_or_left_holds_no_connection(url: str) -> None:
    async with open_sql_repository(url, User, pool_size=1) as users:
        await users.save_many(User(str(n), "x") for n in range(300))
        with trio.move_on_after(0.1) as scope:
            async with users.all().open() as items:
                async for _ in items:
                    assert await is_idle(users)  # between two pages
                    await trio.sleep_forever()
        assert scope.cancelled_caught
        assert await is_idle(users)

        def fail(user: User) -> None:
            raise LookupError(user)

        with pytest.raises(LookupError):
            await users.all().for_each(fail)
        await users.all().first()
        assert await is_idle(users)


# Waiting for a connection


async def test_a_call_cancelled_while_it_waits_costs_nothing(url: str) -> None:
    """The wait for a connection is bounded with an ordinary timeout; the waiter leaves the line."""
    release = threading.Event()
    async with open_sql_repository(url, User, pool_size=1) as users:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(users._pool.run, "test", lambda connection, _: release.wait(20))
            await until(lambda: users._pool.limiter.borrowed_tokens == 1)
            started = time.monotonic()
            with pytest.raises(trio.TooSlowError):
                with trio.fail_after(0.05):
                    await users.find_by_id("1")
            assert time.monotonic() - started < 2
            assert users._pool.limiter.statistics().tasks_waiting == 0
            release.set()
        assert await is_idle(users)
        assert await users.find_by_id("1") is None


async def test_calls_are_served_in_the_order_in_which_they_came(url: str) -> None:
    release = threading.Event()
    order: list[int] = []
    async with open_sql_repository(url, User, pool_size=1) as users:

        async def read(n: int) -> None:
            await users._pool.run("test", lambda connection, _: order.append(n))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(users._pool.run, "test", lambda connection, _: release.wait(20))
            await until(lambda: users._pool.limiter.borrowed_tokens == 1)
            for n in range(10):
                nursery.start_soon(read, n)
                await until(lambda n=n: users._pool.limiter.statistics().tasks_waiting == n + 1)  # type: ignore[misc]
            release.set()
    assert order == list(range(10))


@pytest.mark.parametrize("size", [1, 10, 100])
async def test_there_are_never_more_connections_than_the_pool_size(file_url: str, size: int) -> None:
    """Nor is one connection ever used by two tasks at once."""
    lock = threading.Lock()
    busy: set[int] = set()
    peak = 0
    all_busy = threading.Barrier(size)

    def work(connection: Connection, _: object) -> None:
        nonlocal peak
        me = id(driver_connection(connection))
        with lock:
            assert me not in busy
            busy.add(me)
            peak = max(peak, len(busy))
        all_busy.wait(30)
        with lock:
            busy.remove(me)

    async with open_sql_repository(file_url, User, pool_size=size) as users:
        async with trio.open_nursery() as nursery:
            for _ in range(2 * size):
                nursery.start_soon(users._pool.run, "test", work)
        pool: Any = users._pool._engine.pool
        assert pool.checkedin() <= size
        assert peak == size


async def test_one_repository_has_one_writer_at_a_time_on_sqlite(file_url: str) -> None:
    """With no patience for locks at all, fifty writers on five connections would get "database is locked"."""
    async with open_sql_repository(file_url + "?timeout=0", User) as users:
        async with trio.open_nursery() as nursery:
            for n in range(50):
                nursery.start_soon(users.save, User(str(n), "x"))
        assert await users.all().count() == 50


async def test_two_repositories_on_one_file_wait_for_each_other(file_url: str) -> None:
    async with open_sql_repository(file_url, User) as one, open_sql_repository(file_url, User) as other:
        async with trio.open_nursery() as nursery:
            for n in range(30):
                nursery.start_soon((one, other)[n % 2].save, User(str(n), "x"))
        assert await one.all().count() == 30


# Closing


async def test_a_closed_repository_says_so(url: str) -> None:
    async with open_sql_repository(url, User) as users:
        stream = users.all()
    for call in (
        lambda: users.find_by_id("1"),
        lambda: users.save(User("1", "Ann")),
        lambda: users.save_many([]),
        lambda: users.delete("1"),
        stream.collect,
    ):
        with pytest.raises(trio.ClosedResourceError, match="the repository is closed"):
            await call()


async def test_closing_waits_for_running_calls_and_refuses_waiting_ones(url: str) -> None:
    ended = False
    async with trio.open_nursery() as nursery:

        def work(connection: Connection, _: object) -> None:
            nonlocal ended
            time.sleep(0.3)
            ended = True

        async def waiting() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await users.find_by_id("1")

        # The repository closes before the nursery: that is what is tested.
        async with open_sql_repository(url, User, pool_size=1) as users:
            nursery.start_soon(users._pool.run, "test", work)  # noqa: ASYNC111
            await until(lambda: users._pool.limiter.borrowed_tokens == 1)
            nursery.start_soon(waiting)
            await until(lambda: users._pool.limiter.statistics().tasks_waiting == 1)
        assert ended


async def test_closing_stops_what_does_not_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_call, "STOP_SECONDS", 0.3)
    started = time.monotonic()
    async with trio.open_nursery() as nursery:

        async def hanging() -> None:
            with pytest.raises(
                trio.ClosedResourceError, match="the repository was closed while the call ran"
            ):
                await users._pool.run("test", slow)

        async with open_sql_repository(url, User) as users:
            nursery.start_soon(hanging)
            await until(lambda: users._pool.limiter.borrowed_tokens == 1)
            await trio.sleep(0.1)
    assert time.monotonic() - started < 4


async def test_closing_is_done_when_cancelled_too(url: str) -> None:
    with trio.CancelScope() as scope:
        async with open_sql_repository(url, User) as users:
            await users.save(User("1", "Ann"))
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    pool: Any = users._pool._engine.pool
    assert getattr(pool, "checkedin", lambda: 0)() == 0
    with pytest.raises(trio.ClosedResourceError):
        await users.find_by_id("1")


async def test_an_error_in_the_block_arrives_as_itself(url: str) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with open_sql_repository(url, User):
            raise LookupError("mine")


async def test_opening_can_be_cancelled(url: str) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        async with open_sql_repository(url, User):
            pass
    assert scope.cancelled_caught


# A server that does not react at all


class Tunnel:
    """Forwards connections to a server, until it is frozen: then it swallows everything."""

    def __init__(self, host: str, port: int | str) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        self._thawed = threading.Event()
        self._thawed.set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = self._connect()
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._pump, args=(source, sink)))
                self._threads[-1].start()

    def _connect(self) -> socket.socket:
        host, port = self._target
        if isinstance(port, int):
            return socket.create_connection((host, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._thawed.wait(30)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        self._thawed.clear()

    def close(self) -> None:
        self._thawed.set()
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._sockets:
            end.close()


@pytest.fixture
def tunnel(pg_url: str) -> Iterator[tuple[Tunnel, str]]:
    parsed = make_url(pg_url)
    folder = parsed.query.get("host", parsed.host)
    assert isinstance(folder, str)
    port = parsed.port or int(str(parsed.query.get("port", 5432)))
    tunnel = Tunnel(folder, str(port) if folder.startswith("/") else port)
    try:
        query = {name: value for name, value in parsed.query.items() if name not in ("host", "port")}
        url = parsed.set(host="127.0.0.1", port=tunnel.port, query=query)
        yield tunnel, url.render_as_string(hide_password=False)
    finally:
        tunnel.close()


async def test_a_server_that_does_not_react_is_cut_off(
    tunnel: tuple[Tunnel, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request to cancel gets no answer either: then the socket is shut down."""
    monkeypatch.setattr(sql_call, "STOP_SECONDS", 0.3)
    frozen, url = tunnel
    assert urlsplit(url).hostname == "127.0.0.1"
    async with open_sql_repository(url, User, pool_size=1) as users:
        await users.save(User("1", "Ann"))
        frozen.freeze()
        started = time.monotonic()
        with trio.move_on_after(0.2) as scope:
            await users.find_by_id("1")
        assert scope.cancelled_caught
        assert time.monotonic() - started < 4
        assert await is_idle(users)


async def test_a_server_that_does_not_even_answer_the_connection_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sql_call, "STOP_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/test"
        started = time.monotonic()
        with trio.move_on_after(0.2) as scope:
            async with open_sql_repository(url, User):
                pass
        assert scope.cancelled_caught
        assert time.monotonic() - started < 4


async def test_a_connection_that_the_server_closed_in_the_pool_is_replaced(pg_url: str) -> None:
    def backend(connection: Connection, _: object) -> int:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    import psycopg

    async with open_sql_repository(pg_url, User, pool_size=1) as users:
        pid = await users._pool.run("test", backend)
        with psycopg.connect(pg_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        await users.save(User("1", "Ann"))
        assert await users._pool.run("test", backend) != pid


async def test_a_connection_lost_while_it_works_is_unavailable(pg_url: str) -> None:
    def commit_suicide(connection: Connection, _: object) -> None:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    async with open_sql_repository(pg_url, User, pool_size=1) as users:
        with pytest.raises(Unavailable, match=r"test: postgresql.* is unavailable: terminating connection"):
            await users._pool.run("test", commit_suicide)
        await users.save(User("1", "Ann"))
        assert await is_idle(users)


async def test_a_call_that_nothing_stops_is_left_behind_with_its_connection(
    file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_call, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(sql_call, "_CUT_SECONDS", 0.05)
    release = threading.Event()
    async with open_sql_repository(file_url, User, pool_size=2) as users:
        with trio.move_on_after(0.1) as scope:
            await users._pool.run("test", lambda connection, _: release.wait(20))
        assert scope.cancelled_caught
        assert len(users._pool._calls) == 1
        # It keeps its token, so that the pool does not grow.
        assert users._pool.limiter.borrowed_tokens == 1
        await users.save(User("1", "Ann"))
        release.set()
        await until(lambda: users._pool.limiter.borrowed_tokens == 0)
        assert await users.find_by_id("1") == User("1", "Ann")
        pool: Any = users._pool._engine.pool
        assert pool.checkedout() == 0


def test_statements_are_cancelled_the_way_the_driver_can() -> None:
    class OldDriver:
        cancelled = 0

        def cancel(self) -> None:
            self.cancelled += 1
            raise OSError("too late")

    class NoDriver: ...

    driver = OldDriver()
    sql_call._cancel_statement(driver)
    assert driver.cancelled == 1
    sql_call._cancel_statement(NoDriver())
    sql_call._cut(NoDriver())
