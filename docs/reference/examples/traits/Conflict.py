import sqlite3
from dataclasses import dataclass

import trio

from trio_patterns.traits import Conflict, open_sql_repository


@dataclass
class User:
    id: int
    email: str


async def main(path: str) -> None:
    sqlite3.connect(path).execute(
        "create table user (id integer primary key, email text unique)"
    )
    async with open_sql_repository(f"sqlite:///{path}", User) as users:
        await users.save(User(1, "ann@example.org"))
        try:
            await users.save(User(2, "ann@example.org"))  # her address, again
        except Conflict as conflict:
            assert (conflict.operation, conflict.table) == ("save", "user")
            assert "email" in conflict.reason


# ---
from tempfile import TemporaryDirectory

with TemporaryDirectory() as folder:
    trio.run(main, f"{folder}/users.db")  # REAL_TIME: a database in a thread
