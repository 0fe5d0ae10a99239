from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.traits.repository_details import Opening, RepositoryDetails
from trio_patterns.traits import open_sql_repository


class TestSqlRepository(RepositoryDetails):
    """In memory, in a file, and on a PostgreSQL server."""

    @pytest.fixture
    def opening(self, url: str) -> Opening:
        # Hypothesis runs many examples in one test, so a table may be there already: give each its own.
        count = 0

        def opening(entity: Any, key: str = "id") -> AbstractAsyncContextManager[Any]:
            nonlocal count
            count += 1
            return open_sql_repository(url, entity, key=key, table=f"t{count}", pool_size=3)

        return opening
