import sqlite3

import trio

from trio_patterns.spawning import open_pinned_thread


def count_rows(connection: sqlite3.Connection) -> int:
    rows = connection.execute("values ('tea'), ('milk')").fetchall()
    return len(rows)


async def main() -> None:
    async with open_pinned_thread("database") as pinned:
        # sqlite3 refuses to use a connection in another thread than its own.
        connection = await pinned.run(sqlite3.connect, ":memory:")
        assert await pinned.run(count_rows, connection) == 2
        await pinned.run(connection.close)


# ---
trio.run(main)  # REAL_TIME: a thread
