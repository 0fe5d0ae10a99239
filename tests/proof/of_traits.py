"""Proofs of `trio_patterns.traits`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Hashable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream
from trio_patterns.traits import (
    InMemoryRepository,
    Repository,
    SqlRepository,
    implements,
    open_sql_repository,
)


@dataclass
class User:
    id: int
    name: str


MANY = (3, 4, 5)


class RepositoryProof(Proof):
    """A few saves and deletes, each noted as soon as it has returned."""

    def begin(self) -> None:
        self.saved: set[int] = set()
        self.deleted: set[int] = set()
        self.read: list[list[int]] = []

    async def use(self, users: Repository[int, User], token: CancellationToken) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.write, users, token)
            nursery.start_soon(self.look, users, token)
            await self.save(users, 2)
            if not token.cancelled and await users.delete(2):
                self.deleted.add(2)

    async def write(self, users: Repository[int, User], token: CancellationToken) -> None:
        await self.save(users, 1)
        if not token.cancelled:
            await users.save_many(User(number, f"user {number}") for number in MANY)
            self.saved.update(MANY)

    async def save(self, users: Repository[int, User], number: int) -> None:
        await users.save(User(number, f"user {number}"))
        self.saved.add(number)

    async def look(self, users: Repository[int, User], token: CancellationToken) -> None:
        found = await users.find_by_id(1)
        assert found in (None, User(1, "user 1"))
        if not token.cancelled:
            self.read.append([user.id for user in await users.all().collect()])

    def check_rows(self, rows: dict[int, str], *, exactly: bool) -> None:
        """Compare what is stored with what was noted: a cancelled call is done, or not done."""
        wanted = self.saved - self.deleted
        assert set(rows) >= wanted - ({2} if not exactly else set())
        assert not exactly or set(rows) == wanted
        assert set(rows) <= {1, 2, *MANY}
        assert not set(rows) & self.deleted
        assert len(set(rows) & set(MANY)) in (0, len(MANY)), "half of them were saved"
        assert all(name == f"user {number}" for number, name in rows.items())
        for ids in self.read:
            assert ids == sorted(ids)


@proves("InMemoryRepository", "Repository")
class InMemoryIsAllOrNothing(RepositoryProof):
    """What has returned is stored, what was cancelled is not; a batch is there as a whole or not at all."""

    def begin(self) -> None:
        super().begin()
        self.users = InMemoryRepository(User)

    async def program(self) -> None:
        await self.use(self.users, CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        await self.use(self.users, token)

    def check(self) -> None:
        users: list[User] = trio.run(self.users.all().collect)
        self.check_rows({user.id: user.name for user in users}, exactly=True)

    def whole(self) -> None:
        assert (self.saved, self.deleted) == ({1, 2, *MANY}, {2})


@implements(Repository)
class Counting:
    """A repository around another, that counts the calls which have begun and ended."""

    def __init__(self, inner: Repository[int, User]) -> None:
        self.inner = inner
        self.begun = self.ended = 0

    async def counted(self, call: Callable[..., Any], *args: Any) -> Any:
        self.begun += 1
        try:
            return await call(*args)
        finally:
            self.ended += 1

    async def find_by_id(self, key: Hashable) -> User | None:
        found: User | None = await self.counted(self.inner.find_by_id, key)
        return found

    async def save(self, entity: User) -> None:
        await self.counted(self.inner.save, entity)

    async def save_many(self, entities: Iterable[User]) -> None:
        await self.counted(self.inner.save_many, entities)

    async def delete(self, key: Hashable) -> bool:
        return bool(await self.counted(self.inner.delete, key))

    def all(self) -> Stream[User]:
        return self.inner.all()


@proves("implements", "Repository")
class ACheckedClassIsAsBefore(RepositoryProof):
    """The decorator puts nothing between the caller and the method, so nothing is lost there either."""

    def begin(self) -> None:
        super().begin()
        self.users = Counting(InMemoryRepository(User))

    async def program(self) -> None:
        await self.use(self.users, CancellationToken())

    def check(self) -> None:
        assert self.users.begun == self.users.ended
        users: list[User] = trio.run(self.users.all().collect)
        self.check_rows({user.id: user.name for user in users}, exactly=True)

    def whole(self) -> None:
        assert self.users.begun == 5


#: At a commit SQLite waits for the disk, a tenth of a second if it is busy; that is not what is tried.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@proves("open_sql_repository", "SqlRepository", "Repository")
class AFileIsAllOrNothing(RepositoryProof):
    """A cancelled call is done or not, its connection comes back or is closed, and the file is in order."""

    threads = True
    share = 0.2  # each run makes a database
    within = 60.0  # virtual time jumps over the waits for threads

    def begin(self) -> None:
        super().begin()
        self.folder: str | None = None
        self.after: list[int] | None = None
        self.users: SqlRepository[User] | None = None

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        self.folder = tempfile.mkdtemp(dir=MEMORY)
        url = f"sqlite:///{Path(self.folder, 'users.db')}"
        async with open_sql_repository(url, User, pool_size=2) as self.users:
            try:
                await self.use(self.users, token)
            finally:
                with trio.CancelScope(shield=True):
                    self.after = [user.id for user in await self.users.all().collect()]

    def check(self) -> None:
        if self.folder is None:
            return
        if self.users is not None:
            pool: Any = self.users._pool
            assert pool._engine.pool.checkedout() == 0, "a connection did not come back"
            assert pool._engine.pool.checkedin() == 0, "a connection is open"
            assert not any(call.is_running for call in pool._calls)
        with closing(sqlite3.connect(Path(self.folder, "users.db"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            rows = connection.execute("SELECT id, name FROM user").fetchall() if tables else []
            connection.execute("CREATE TABLE other (id INTEGER)")  # nobody holds a lock
        shutil.rmtree(self.folder)
        self.check_rows(dict(rows), exactly=False)
        assert self.after is None or self.after == sorted(dict(rows)), "a cancelled call went on"
