"""One use of a database connection by a worker thread, which another thread may stop. Imports SQLAlchemy."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, final

import sqlalchemy as sa
import trio
from sqlalchemy import exc

__all__ = ["Call", "Stopped"]

T = TypeVar("T")

# In real seconds, as they are waited for by threads.
#: How long a database may take to react when a statement is cancelled, before its connection is cut.
STOP_SECONDS = 5.0
#: How long the driver may take to notice that its connection was cut.
_CUT_SECONDS: Final = 1.0
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.1

_SQLITE_BUSY, _SQLITE_LOCKED = 5, 6


class Stopped(Exception):  # noqa: N818 - never an error that anybody sees
    """The call was stopped; the task that waits for it was cancelled and does not see this."""


@final
class Call(Generic[T]):
    """Runs ``work(connection)`` on a connection of ``engine``, and gives it back only if it is sound.

    `run` is for the worker thread, `stop` for another one. `stop` cancels what the connection is doing, and
    goes on doing so: between two statements there is nothing to cancel, and the next one would run.
    """

    def __init__(
        self,
        engine: sa.Engine,
        work: Callable[[sa.Connection], T],
        *,
        lock_timeout: float,
        keep: bool,
        is_closed: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._work = work
        self._lock_timeout = lock_timeout
        self._keep = keep
        self._is_closed = is_closed
        # Guards the two below. Who holds it may use the driver's connection; the call gives the connection
        # back only after it took this lock to forget it, so nobody cancels another call's statement.
        self._lock = threading.Lock()
        self._started = False
        self._driver_connection: Any = None
        self._stopping = threading.Event()
        self._ended = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked it to end."""
        return self._stopping.is_set()

    @property
    def is_running(self) -> bool:
        """Whether a thread is, or may still be, at work."""
        return not self._ended.is_set()

    def check_stopped(self) -> None:
        """Raise `Stopped` if nobody waits for the result any more."""
        if self._stopping.is_set():
            raise Stopped

    def wait(self, seconds: float) -> bool:
        """Wait until the call has ended, for ``seconds`` at most; tell whether it has."""
        return self._ended.wait(max(seconds, 0.0))

    def run(self) -> T:
        """Do the work, waiting while the database is locked by another process."""
        with self._lock:
            self.check_stopped()
            if self._is_closed():
                self._ended.set()
                raise trio.ClosedResourceError("the repository is closed")
            self._started = True
        try:
            deadline = time.monotonic() + self._lock_timeout
            pause = _FIRST_PAUSE
            while True:
                try:
                    return self._attempt()
                except exc.OperationalError as error:
                    if not _is_locked(error) or time.monotonic() + pause > deadline:
                        raise
                # SQLite could do this waiting itself, but nothing would wake it up.
                self._stopping.wait(pause)
                self.check_stopped()
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            self._ended.set()

    def _attempt(self) -> T:
        while True:
            self.check_stopped()
            with self._engine.connect() as connection:
                with self._lock:
                    self._driver_connection = connection.connection.driver_connection
                try:
                    self.check_stopped()
                    if self._is_alive(connection):
                        return self._work(connection)
                    connection.invalidate()
                finally:
                    with self._lock:
                        self._driver_connection = None
                    if self._stopping.is_set():
                        self._discard(connection)

    def _is_alive(self, connection: sa.Connection) -> bool:
        """Ask a server whether it still knows a connection that lay in the pool.

        SQLAlchemy's ``pool_pre_ping`` does that too, but where we could not cancel it.
        """
        if connection.dialect.name == "sqlite" or not connection.info.setdefault("was used", False):
            connection.info["was used"] = True
            return True
        dialect = connection.dialect
        try:
            return bool(dialect.do_ping(self._driver_connection))
        except dialect.loaded_dbapi.Error:
            return False

    def _discard(self, connection: sa.Connection) -> None:
        """Keep a connection whose statement may have been cancelled away from the pool."""
        if self._keep:
            # The one connection of an SQLite database in memory is the database. SQLite's interrupt leaves
            # it sound: it rolls the statement back, and this the transaction.
            connection.rollback()
        else:
            connection.invalidate()

    def withdraw(self) -> bool:
        """Ask the call to end, without waiting; tell whether it has, or never began and now never will."""
        with self._lock:
            self._stopping.set()
            if not self._started:
                self._ended.set()
        return self._ended.is_set()

    def stop(self, seconds: float) -> None:
        """Cancel the work and wait for its end, for ``seconds``; then cut the connection."""
        if self.withdraw():
            return
        started = time.monotonic()
        pause = _FIRST_PAUSE
        while True:
            with self._lock:
                connected = self._driver_connection is not None
                if connected:
                    _cancel_statement(self._driver_connection)
            if self.wait(pause):
                return
            # Connecting can't be cancelled, only left alone: nothing is in doubt yet, and the driver has its
            # own timeout.
            if time.monotonic() - started > (seconds if connected else seconds / 5):
                break
            pause = min(pause * 2, _LONGEST_PAUSE)
        with self._lock:
            if self._driver_connection is None:
                return
            _cut(self._driver_connection)
        self.wait(_CUT_SECONDS)


def _is_locked(error: exc.OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)


def _cancel_statement(driver_connection: Any) -> None:
    """Ask the database to give up the statement that another thread waits for; do nothing if none runs."""
    with contextlib.suppress(
        Exception
    ):  # it may have ended or be lost: `stop` looks at the call, not at this
        if hasattr(driver_connection, "interrupt"):  # sqlite3
            driver_connection.interrupt()
        elif hasattr(driver_connection, "cancel_safe"):  # psycopg
            driver_connection.cancel_safe(timeout=1.0)
        elif hasattr(driver_connection, "cancel"):  # psycopg2, oracledb
            driver_connection.cancel()


def _cut(driver_connection: Any) -> None:
    """Shut down the socket of a server that does not even react to being cancelled: its thread wakes up."""
    with contextlib.suppress(Exception):
        connection = socket.socket(fileno=driver_connection.fileno())
        try:
            connection.shutdown(socket.SHUT_RDWR)
        finally:
            connection.detach()  # it belongs to the driver
