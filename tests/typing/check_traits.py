"""Types that `trio_patterns.traits` promises; nothing here is ever called."""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, assert_type

from trio_patterns.streams import Stream
from trio_patterns.traits import (
    Conflict,
    InMemoryRepository,
    Repository,
    SqlRepository,
    Unavailable,
    implements,
    open_sql_repository,
)


@dataclass
class User:
    id: str
    name: str


@dataclass
class Page:
    url: str


class Store(Protocol):
    async def load(self, key: str) -> str | None: ...


@implements(Store)
class FileStore:
    def __init__(self, path: str) -> None:
        self.path = path

    async def load(self, key: str) -> str | None:
        return key


@implements(Repository[str, User])
class UserStore:
    async def find_by_id(self, key: str) -> User | None: ...
    async def save(self, entity: User) -> None: ...


def check_a_decorated_class_keeps_its_type() -> None:
    assert_type(FileStore("x"), FileStore)
    assert_type(FileStore("x").path, str)
    kind: type[FileStore] = FileStore
    store: Store = FileStore("x")
    del kind, store
    FileStore(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def check_in_memory() -> None:
    users = InMemoryRepository(User)
    assert_type(users, InMemoryRepository[User])
    assert_type(await users.find_by_id("1"), User | None)
    assert_type(await users.delete("1"), bool)
    assert_type(users.all(), Stream[User])
    await users.save(User("1", "Ann"))
    await users.save_many(User(str(n), "x") for n in range(3))
    await users.save(Page("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await users.save_many([Page("x")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await users.save_many(User("1", "x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await users.find_by_id(["no", "key"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    InMemoryRepository(User("1", "Ann"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def check_sql() -> None:
    opened = open_sql_repository("sqlite://", User, key="id", table="users", pool_size=3)
    manager: AbstractAsyncContextManager[SqlRepository[User]] = opened
    del manager
    async with opened as users:
        assert_type(users, SqlRepository[User])
        assert_type(await users.find_by_id("1"), User | None)
        assert_type(await users.all().collect(), list[User])
    open_sql_repository(3, User)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_sql_repository("sqlite://", User, "id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def needs_users(users: Repository[str, User]) -> None:
    assert_type(await users.find_by_id("1"), User | None)
    assert_type(users.all(), Stream[User])
    await users.find_by_id(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def check_every_implementation_is_a_repository(sql: SqlRepository[User]) -> None:
    await needs_users(InMemoryRepository(User))
    await needs_users(sql)
    any_key: Repository[Hashable, User] = sql
    await needs_users(any_key)  # one that takes any key serves where str keys are used
    pages = InMemoryRepository(Page)
    await needs_users(pages)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    incomplete: Repository[str, User] = UserStore()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    del incomplete


def check_errors(conflict: Conflict, unavailable: Unavailable) -> None:
    assert_type((conflict.operation, conflict.table, conflict.reason), tuple[str, str, str])
    assert_type((unavailable.operation, unavailable.url, unavailable.reason), tuple[str, str, str])
