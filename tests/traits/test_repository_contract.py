"""What every repository promises: the library's own pass the suite that users get."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from trio_patterns.testing import repository_contract
from trio_patterns.traits import InMemoryRepository, open_sql_repository
from trio_patterns.traits.sql_table import EntityTable

TestInMemoryRepository = repository_contract(InMemoryRepository)


#: Each class below has a fixture that says which database it is.
SqlContract: Any = repository_contract(open_sql_repository, threads=True)


def opening_at(url: str) -> Callable[..., AbstractAsyncContextManager[Any]]:
    """Give each opening a table of its own."""
    tables = count()

    def opening(entity: Any, *, key: str) -> AbstractAsyncContextManager[Any]:
        return open_sql_repository(url, entity, key=key, table=f"t{next(tables)}", pool_size=3)

    return opening


class TestSqlRepository(SqlContract):
    """In memory, in a file, and on a PostgreSQL server."""

    @pytest.fixture(autouse=True)
    def _database(self, url: str) -> None:
        self.factory = opening_at(url)


class TestOtherDatabases(SqlContract):
    """Without ON CONFLICT: update, and insert if there was nothing to update."""

    @pytest.fixture(autouse=True)
    def _database(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        make_upsert = EntityTable._make_upsert
        monkeypatch.setattr(EntityTable, "_make_upsert", lambda self, dialect: make_upsert(self, "other"))
        self.factory = opening_at(f"sqlite:///{tmp_path / 'x.db'}")
