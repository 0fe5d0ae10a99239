"""A fake that passes the same tests as the database: what it shows in the test, the file shows too.

A library lends a book, then enters a batch of three in which one is no book. In the test the shelf is an
`InMemoryRepository`, in the program an SQLite file.

Notice: both say that the book is not lent, so a test on the fake finds the mistake in `lend`.
Run: python -m examples verified_fake
Page: docs/patterns/traits/repository.md
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from trio_patterns.traits import InMemoryRepository, Repository, open_sql_repository


@dataclass
class Book:
    isbn: str
    title: str
    lent_to: str | None = None


async def lend(books: Repository[str, Book], isbn: str, who: str) -> None:
    book = await books.find_by_id(isbn)
    assert book is not None
    book.lent_to = who  # the mistake that a test should find: it is not saved


async def try_out(books: Repository[str, Book]) -> None:
    await books.save_many([Book("978-3", "Emma")])
    await lend(books, "978-3", "Ann")
    emma = await books.find_by_id("978-3")
    assert emma is not None
    print(f"  Emma is lent to {emma.lent_to}")

    wrong: Any = "978-9"
    try:
        await books.save_many([Book("978-1", "Ulysses"), wrong, Book("978-2", "Middlemarch")])
    except TypeError as error:
        print(f"  {type(error).__name__}; books on the shelf: {await books.all().count()}")


async def main() -> None:
    print("in the test, on the fake:")
    await try_out(InMemoryRepository(Book, key="isbn"))
    with tempfile.TemporaryDirectory() as folder:
        print("in the program, on a file:")
        url = f"sqlite:///{Path(folder, 'library.db')}"
        async with open_sql_repository(url, Book, key="isbn") as books:
            await try_out(books)


if __name__ == "__main__":
    trio.run(main)
