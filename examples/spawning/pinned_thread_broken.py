"""A SQLite connection on whatever thread is free, first refused, then allowed.

One at a time it works, because an idle thread is used again. Three at once do not. Then the check is turned
off, as the error message suggests to many, and two transactions share one connection.

Notice: the transfer was rolled back, and half of it is in the database.
Run: python -m examples pinned_thread_broken
Page: docs/patterns/spawning/pinned-thread.md
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

import trio

from trio_patterns.spawning import offload

REAL_TIME = True  # threads know nothing of a virtual clock


async def try_it(work: Callable[[], object], refused: list[str]) -> None:
    try:
        await offload(work)
    except sqlite3.ProgrammingError as error:
        refused.append(str(error).split(".")[0])


async def checked() -> None:
    connection = await offload(sqlite3.connect, ":memory:")
    refused: list[str] = []
    for _ in range(3):
        await try_it(lambda: connection.execute("select 1"), refused)
    print(f"one at a time, as in a test: {len(refused)} of 3 refused")

    together = threading.Barrier(3)

    async def three_at_once(work: Callable[[], object]) -> None:
        def at_once() -> None:
            together.wait()
            work()

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(try_it, at_once, refused)

    # BUG: any thread, and only one has made the connection
    await three_at_once(lambda: connection.execute("select 1"))
    print(f"three at once, as in production: {len(refused)} of 3 refused: {refused[0]}")
    await three_at_once(connection.close)  # even this one of the three has to do


async def unchecked() -> None:
    # BUG: now nothing is refused, and nothing keeps the statements of two tasks apart either
    connection = await offload(lambda: sqlite3.connect(":memory:", check_same_thread=False))
    await offload(connection.execute, "create table accounts (name text, coins int)")
    half_done, written = trio.Event(), trio.Event()

    async def transfer() -> None:
        await offload(connection.execute, "insert into accounts values ('mine', -10)")
        half_done.set()
        await written.wait()  # the bank takes a moment, and then it says no
        await offload(connection.rollback)

    async def write() -> None:
        await half_done.wait()
        await offload(connection.execute, "insert into accounts values ('ann', 5)")
        await offload(connection.commit)
        written.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(transfer)
        nursery.start_soon(write)
    rows = await offload(lambda: connection.execute("select * from accounts order by name").fetchall())
    print(f"check turned off, the transfer was rolled back: {rows}")
    await offload(connection.close)


async def main() -> None:
    await checked()
    await unchecked()


if __name__ == "__main__":
    trio.run(main)
