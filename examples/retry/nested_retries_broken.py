"""Retries inside retries: every layer is careful, and together they hammer the database.

A page asks a service, the service asks a store, the store asks a database that is down.

Notice: three retries at each of three layers are 64 calls to a database that needs rest.
Run: python -m examples nested_retries_broken
Page: docs/patterns/retry/nested-retries.md
"""

from __future__ import annotations

import random

import trio

from trio_patterns.retry import RetryPolicy, retry

POLICY = RetryPolicy(on=ConnectionError, attempts=4, base_delay=0.01, max_delay=0.05, rng=random.Random(1))
calls = 0


async def database() -> str:
    global calls
    calls += 1
    await trio.lowlevel.checkpoint()
    raise ConnectionRefusedError("database is down")


async def store() -> str:
    return await retry(database, policy=POLICY)


async def service() -> str:
    return await retry(store, policy=POLICY)  # BUG: what is retried here was retried below


async def page() -> str:
    return await retry(service, policy=POLICY)  # BUG: and here once more


async def main() -> None:
    global calls
    calls = 0
    try:
        await page()
    except ConnectionError as error:
        print(f"page failed: {error}")
        for note in error.__notes__:
            print(note.splitlines()[0])
    print(f"calls to the database: {calls}")


if __name__ == "__main__":
    trio.run(main)
