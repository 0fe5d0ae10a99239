"""A pool of database connections for trio: threads, a limiter, errors translated. Imports SQLAlchemy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar, final

import sqlalchemy as sa
import trio
from sqlalchemy import exc, pool

from ..spawning import offload
from . import sql_call
from .errors import Conflict, Unavailable
from .sql_call import Call, Stopped

__all__ = ["ConnectionPool"]

T = TypeVar("T")


@final
class ConnectionPool:
    """Runs functions of a connection in worker threads, ``size`` at a time, first come, first served."""

    def __init__(self, engine: sa.Engine, *, size: int, lock_timeout: float, table: str) -> None:
        self._engine = engine
        self._table = table
        self._lock_timeout = lock_timeout
        self._is_memory = isinstance(engine.pool, pool.StaticPool)
        # A token for each connection, so that SQLAlchemy's own pool never has to wait, which it does in a
        # thread, without order and deaf to cancellation.
        self.limiter = trio.CapacityLimiter(size)
        # SQLite has one writer at a time. Tasks that wait here do so in order, and hold no connection.
        self._writer = trio.Lock() if engine.dialect.name == "sqlite" else None
        # For what must not wait for a token: stopping calls, closing.
        self._unlimited = trio.CapacityLimiter(math.inf)
        self._calls: set[Call[Any]] = set()
        self._closed = False

    @property
    def url(self) -> str:
        """The database's URL, without the password."""
        return self._engine.url.render_as_string(hide_password=True)

    async def run(
        self, operation: str, work: Callable[[sa.Connection, Callable[[], None]], T], *, writes: bool = False
    ) -> T:
        """Return ``work(connection, check_stopped)``.

        When the task is cancelled, the statement is cancelled too, from another thread, and the
        connection is discarded. That is waited for, in a bounded step.
        """
        if not writes or self._writer is None:
            return await self._run(operation, work)
        async with self._writer:
            return await self._run(operation, work)

    async def _run(self, operation: str, work: Callable[[sa.Connection, Callable[[], None]], T]) -> T:
        if self._closed:
            raise trio.ClosedResourceError("the repository is closed")
        call: Call[T] = Call(
            self._engine,
            lambda connection: work(connection, call.check_stopped),
            lock_timeout=self._lock_timeout,
            keep=self._is_memory,
            is_closed=lambda: self._closed,
        )
        self._calls.add(call)
        try:
            return await offload(call.run, limiter=self.limiter, abandon_on_cancel=True)
        except (exc.DBAPIError, Stopped) as error:
            if call.is_stopping or not isinstance(error, exc.DBAPIError):
                raise trio.ClosedResourceError("the repository was closed while the call ran") from error
            raise self._translated(operation, error) from error.orig
        except BaseException:
            if not call.withdraw():
                # Bounded by the thread, in real time: it is not left behind, whatever the deadline says.
                with trio.move_on_after(sql_call.STOP_SECONDS, shield=True):
                    await offload(call.stop, sql_call.STOP_SECONDS, limiter=self._unlimited)
            raise
        finally:
            # A call that could not be stopped stays, so that closing waits for it.
            self._calls = {other for other in self._calls if other is not call or call.is_running}

    def _translated(self, operation: str, error: exc.DBAPIError) -> Conflict | Unavailable:
        reason = " ".join(str(error.orig).split())
        if isinstance(error, exc.IntegrityError | exc.DataError):
            return Conflict(operation, self._table, reason)
        return Unavailable(operation, self.url, reason)

    async def aclose(self) -> None:
        """Let running calls finish, for a bounded time, then close all connections. Never cancelled."""
        self._closed = True
        with trio.move_on_after(sql_call.STOP_SECONDS, shield=True):  # bounded by the thread, as above
            await offload(self._dispose, limiter=self._unlimited)

    def _dispose(self) -> None:
        deadline = time.monotonic() + sql_call.STOP_SECONDS
        calls = list(self._calls)
        for call in calls:
            if not call.is_stopping:
                call.wait(deadline - time.monotonic())
        hung = [call for call in calls if call.is_running]
        for call in hung:
            call.stop(sql_call.STOP_SECONDS / len(hung))
        self._engine.dispose()
