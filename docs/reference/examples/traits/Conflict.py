from dataclasses import dataclass

import trio

from trio_patterns.traits import Conflict, open_sql_repository


@dataclass
class User:
    id: int
    email: str


async def main(url: str) -> None:  # to a table with "email text unique"
    async with open_sql_repository(url, User) as users:
        await users.save(User(1, "ann@example.org"))
        try:
            await users.save(User(2, "ann@example.org"))  # her address, again
        except Conflict as conflict:
            assert (conflict.operation, conflict.table) == ("save", "user")
            assert "email" in conflict.reason


# ---
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

with TemporaryDirectory() as folder:
    path = Path(folder, "users.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "create table user (id integer primary key, email text unique)"
        )
    trio.run(main, f"sqlite:///{path}")  # REAL_TIME: a database in a thread
