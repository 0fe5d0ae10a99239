"""From a URL to an SQLAlchemy engine that suits a repository. Imports SQLAlchemy."""

from __future__ import annotations

import re
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event, exc, pool

__all__ = ["LOCK_TIMEOUT", "make_engine"]

#: Seconds to wait for another process that holds SQLite's lock; ``?timeout=`` in the URL changes it.
LOCK_TIMEOUT: Final = 5.0
#: Seconds to wait for a PostgreSQL server to answer; ``?connect_timeout=`` in the URL changes it.
_CONNECT_TIMEOUT: Final = 10

_EXTRAS: Final = {"postgresql": "postgres"}


def make_engine(url: object, pool_size: int) -> tuple[sa.Engine, int, float]:
    """Return the engine, how many connections it may have, and how long to wait for a lock.

    Raises:
      TypeError: if ``url`` is neither a str nor an SQLAlchemy URL.
      ValueError: if it is no URL of a database, or of one that SQLAlchemy does not know.
      ImportError: if the driver is not installed.
    """
    parsed = _parse(url)
    if parsed.drivername in ("postgresql", "postgres"):
        # SQLAlchemy 2.0 would take psycopg2.
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    options: dict[str, Any] = {"hide_parameters": True, "connect_args": {}}
    lock_timeout = 0.0
    in_memory = backend == "sqlite" and _is_memory(parsed)
    if backend == "sqlite":
        lock_timeout = _lock_timeout(parsed)
        # Any thread may use a connection, one at a time. Waiting for locks is done by us, so that it can be
        # cancelled. Without an isolation level the driver begins no transaction behind our back.
        options["connect_args"] = {"check_same_thread": False, "timeout": 0.0, "isolation_level": None}
    elif parsed.drivername == "postgresql+psycopg" and "connect_timeout" not in parsed.query:
        options["connect_args"] = {"connect_timeout": _CONNECT_TIMEOUT}
    if in_memory:
        options["poolclass"] = pool.StaticPool
        pool_size = 1
    else:
        options.update(poolclass=pool.QueuePool, pool_size=pool_size, max_overflow=0)
    try:
        if parsed.get_dialect().is_async:
            raise ValueError(
                f"url must name a driver for threads, got {_hidden(parsed)!r} for asyncio: "
                f"leave the driver out ({backend}://...)"
            )
        engine = sa.create_engine(parsed, **options)
    except exc.NoSuchModuleError as error:
        raise ValueError(
            f"url must name a database that SQLAlchemy knows, got {_hidden(parsed)!r}: {error}"
        ) from error
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(backend)
        how = f"pip install 'trio-patterns[{extra}]'" if extra else f"install {error.name}"
        raise ImportError(f"{_hidden(parsed)} needs a driver that is not installed: {how}") from error
    if backend == "sqlite" and not in_memory:
        event.listen(engine, "connect", _use_write_ahead_log)
    return engine, pool_size, lock_timeout


def _parse(url: object) -> sa.URL:
    if not isinstance(url, str | sa.URL):
        raise TypeError(f"url must be a str or a sqlalchemy.URL, got {url!r}")
    try:
        return sa.make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        shown = re.sub(r":[^:@/]*@", ":***@", str(url))
        hint = "" if "://" in shown else f"; for an SQLite file write {'sqlite:///' + shown!r}"
        raise ValueError(
            f"url must be a database URL such as 'sqlite:///file.db', got {shown!r}{hint}"
        ) from error


def _hidden(url: sa.URL) -> str:
    return url.render_as_string(hide_password=True)


def _is_memory(url: sa.URL) -> bool:
    database = url.database or ""
    return database in ("", ":memory:", "file::memory:") or url.query.get("mode") == "memory"


def _lock_timeout(url: sa.URL) -> float:
    value = url.query.get("timeout", LOCK_TIMEOUT)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"url: timeout must be a number of seconds, got {value!r}") from None


def _use_write_ahead_log(driver_connection: Any, _record: Any) -> None:
    """Let readers go on while one connection writes. The file remembers it, so mostly it is set already."""
    if driver_connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        driver_connection.execute("PRAGMA journal_mode=WAL").fetchone()
