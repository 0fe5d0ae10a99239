"""A pinned thread: a SQLite connection that must not leave the thread which made it.

Three tasks share one connection. On a pool of threads that fails; on one thread of its own it works.

Notice: every statement ran on the same thread, in the order of the calls.
Run: python -m examples pinned_thread
Page: docs/patterns/spawning/pinned-thread.md
"""

from __future__ import annotations

import sqlite3
import threading

import trio

from trio_patterns.spawning import PinnedThread, offload, open_pinned_thread

REAL_TIME = True  # threads know nothing of a virtual clock


async def write(pinned: PinnedThread, connection: sqlite3.Connection, name: str, threads: set[str]) -> None:
    def insert() -> None:
        # Several statements in one call belong together: nobody else's call comes between.
        with connection:
            connection.execute(
                "insert into visits values (?, 1) on conflict do update set n = n + 1", (name,)
            )
        threads.add(threading.current_thread().name)

    for _ in range(10):
        await pinned.run(insert)


async def main() -> None:
    threads: set[str] = set()
    async with open_pinned_thread("database") as pinned:
        connection = await pinned.run(sqlite3.connect, ":memory:")
        await pinned.run(connection.execute, "create table visits (name text primary key, n int)")
        async with trio.open_nursery() as nursery:
            for name in ("ann", "bob", "cy"):
                nursery.start_soon(write, pinned, connection, name, threads)
        rows = await pinned.run(lambda: connection.execute("select * from visits order by name").fetchall())
        print(rows)
        print(f"threads used: {threads}")
        try:
            await offload(connection.execute, "select 1")
        except sqlite3.ProgrammingError as error:
            print(f"any other thread: {str(error).split('.')[0]}")
        # What was made on the thread is closed on the thread.
        await pinned.run(connection.close)


if __name__ == "__main__":
    trio.run(main)
