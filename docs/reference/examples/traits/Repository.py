from dataclasses import dataclass

from trio_patterns.traits import InMemoryRepository, Repository


@dataclass
class User:
    id: str
    name: str


async def rename(users: Repository[str, User], key: str, name: str) -> None:
    await users.save(
        User(key, name)
    )  # whatever is behind it: a file, a server, a dict


async def main() -> None:
    users = InMemoryRepository(User)
    await rename(users, "u1", "Ann")
    assert await users.find_by_id("u1") == User("u1", "Ann")


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
