from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.traits.repository_details import ANN, Opening, RepositoryDetails, User
from trio_patterns.traits import InMemoryRepository


class TestInMemoryRepository(RepositoryDetails):
    @pytest.fixture
    def opening(self) -> Opening:
        @asynccontextmanager
        async def opening(entity: Any, key: str = "id") -> AsyncIterator[Any]:
            yield InMemoryRepository(entity, key=key)

        return opening


async def test_a_name_tells_how_many_it_holds() -> None:
    users = InMemoryRepository(User)
    await users.save(ANN)
    assert repr(users) == "<InMemoryRepository of 1 User>"
