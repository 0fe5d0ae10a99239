from dataclasses import dataclass

from trio_patterns.traits import InMemoryRepository


@dataclass
class Book:
    isbn: str
    title: str


async def main() -> None:
    books = InMemoryRepository(Book, key="isbn")
    await books.save_many([Book("2", "Emma"), Book("1", "Ulysses")])
    titles = [book.title for book in await books.all().collect()]
    assert titles == ["Ulysses", "Emma"]  # in the order of the keys
    assert await books.delete("1")
    assert await books.find_by_id("1") is None


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
