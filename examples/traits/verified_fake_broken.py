"""A fake that nobody compares with the database: green in the test, wrong in the file.

A library lends a book, then enters a batch of three in which one is no book. In the test the shelf is a
dictionary, in the program an SQLite file.

Notice: `lend` forgets to save: on the fake the book is lent all the same, in the file it is not.
Run: python -m examples verified_fake_broken
Page: docs/patterns/traits/repository.md
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Protocol

import trio


@dataclass
class Book:
    isbn: str
    title: str
    lent_to: str | None = None


class Shelf(Protocol):
    async def find_by_id(self, key: str) -> Book | None: ...
    async def save_many(self, entities: Iterable[Book]) -> None: ...
    async def count(self) -> int: ...


class FakeShelf:
    def __init__(self) -> None:
        self.books: dict[str, Book] = {}

    async def find_by_id(self, key: str) -> Book | None:
        await trio.lowlevel.checkpoint()
        return self.books.get(key)  # BUG: not a copy; whoever changes it has "saved" it

    async def save_many(self, entities: Iterable[Book]) -> None:
        await trio.lowlevel.checkpoint()
        for book in entities:
            self.books[book.isbn] = book  # BUG: a batch that fails in the middle stays half done

    async def count(self) -> int:
        await trio.lowlevel.checkpoint()
        return len(self.books)


class FileShelf:
    def __init__(self, path: Path) -> None:
        self.path = path

    async def call(self, sql: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        def work() -> list[tuple[Any, ...]]:
            # `closing` closes it, the inner `with` is the transaction.
            with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
                connection.execute("CREATE TABLE IF NOT EXISTS book (isbn PRIMARY KEY, title, lent_to)")
                if rows:
                    connection.executemany(sql, rows)
                    return []
                return connection.execute(sql).fetchall()

        return await trio.to_thread.run_sync(work)

    async def find_by_id(self, key: str) -> Book | None:
        rows = await self.call("SELECT isbn, title, lent_to FROM book", [])
        return next((Book(*row) for row in rows if row[0] == key), None)

    async def save_many(self, entities: Iterable[Book]) -> None:
        await self.call("INSERT OR REPLACE INTO book VALUES (?, ?, ?)", [astuple(book) for book in entities])

    async def count(self) -> int:
        return len(await self.call("SELECT isbn FROM book", []))


async def lend(books: Shelf, isbn: str, who: str) -> None:
    book = await books.find_by_id(isbn)
    assert book is not None
    book.lent_to = who  # the mistake that a test should find: it is not saved


async def try_out(books: Shelf) -> None:
    await books.save_many([Book("978-3", "Emma")])
    await lend(books, "978-3", "Ann")
    emma = await books.find_by_id("978-3")
    assert emma is not None
    print(f"  Emma is lent to {emma.lent_to}")

    wrong: Any = "978-9"
    try:
        await books.save_many([Book("978-1", "Ulysses"), wrong, Book("978-2", "Middlemarch")])
    except (AttributeError, TypeError) as error:
        print(f"  {type(error).__name__}; books on the shelf: {await books.count()}")


async def main() -> None:
    print("in the test, on the fake:")
    await try_out(FakeShelf())
    with tempfile.TemporaryDirectory() as folder:
        print("in the program, on a file:")
        await try_out(FileShelf(Path(folder, "library.db")))


if __name__ == "__main__":
    trio.run(main)
