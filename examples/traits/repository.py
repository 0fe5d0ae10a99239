"""One interface, two bodies: the same program on a dictionary and on an SQLite file.

A small library lends books. `lend` knows only that it is given a Repository of books. It is run on the
in-memory one, as a test would, then on a file; the file is opened a second time to see what stayed.

Notice: both runs print the same, and a batch with one wrong entity saves none of its books.
Run: python -m examples repository
Page: docs/patterns/traits/repository.md
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import trio

from trio_patterns.traits import InMemoryRepository, Repository, open_sql_repository


# The fields are the columns, and `isbn` will be the primary key.
@dataclass(frozen=True)
class Book:
    isbn: str
    title: str
    lent_until: date | None = None


BOOKS = [Book("978-3", "Emma"), Book("978-1", "Ulysses"), Book("978-2", "Middlemarch")]


async def lend(books: Repository[str, Book]) -> None:
    await books.save_many(BOOKS)  # one transaction

    emma = await books.find_by_id("978-3")
    assert emma is not None
    await books.save(replace(emma, lent_until=date(2026, 12, 24)))  # replaces the row
    print(f"  deleted: {await books.delete('978-2')}, and again: {await books.delete('978-2')}")
    print(f"  not there: {await books.find_by_id('978-2')}")

    wrong: Any = "978-9"
    try:
        await books.save_many([Book("978-4", "Persuasion"), wrong])
    except TypeError as error:
        print(f"  {error}")

    # Rows come in batches, in the order of their keys; no connection is held while you look at them.
    async with books.all().open() as shelf:
        async for book in shelf:
            print(f"  {book.isbn} {book.title}{f', lent until {book.lent_until}' * bool(book.lent_until)}")


async def main() -> None:
    print("in memory:")
    await lend(InMemoryRepository(Book, key="isbn"))

    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL would be "postgresql://user:password@host/library", and nothing else would change.
        url = f"sqlite:///{Path(folder, 'library.db')}"
        print("in a file:")
        async with open_sql_repository(url, Book, key="isbn") as books:
            await lend(books)
        async with open_sql_repository(url, Book, key="isbn") as books:
            print(f"opened again: {await books.all().count()} books")


if __name__ == "__main__":
    trio.run(main)
