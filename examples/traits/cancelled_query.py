"""A connection whose query was cancelled is closed: the next query gets its own answer.

A database takes 1.0 s for Ann's balance and 0.2 s for any other. Ann's page gives up after 0.5 s; at 1.5 s
Bob's page asks, and needs a connection.

Notice: everybody sees the right balance; the price is a new connection for Bob.
Run: python -m examples cancelled_query
Page: docs/patterns/traits/cancelled-query.md
"""

from __future__ import annotations

import trio

BALANCES = {"Ann": 900, "Bob": 7, "Zoe": 50}

start = 0.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} {text}")


class Connection:
    """A wire with questions in one direction and answers in the other, as to any database."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.questions, asked = trio.open_memory_channel[str](10)
        answered, self.answers = trio.open_memory_channel[int](10)
        nursery.start_soon(self.database, asked, answered, name="database")

    async def database(
        self, asked: trio.MemoryReceiveChannel[str], answered: trio.MemorySendChannel[int]
    ) -> None:
        async for name in asked:
            await trio.sleep(1.0 if name == "Ann" else 0.2)
            answered.send_nowait(BALANCES[name])

    async def query(self, name: str) -> int:
        await self.questions.send(name)
        return await self.answers.receive()

    def close(self) -> None:
        self.questions.close()


class Pool:
    def __init__(self, nursery: trio.Nursery) -> None:
        self.nursery = nursery
        self.idle = [Connection(nursery)]

    async def query(self, name: str) -> int:
        connection = self.idle.pop() if self.idle else Connection(self.nursery)
        try:
            balance = await connection.query(name)
        except BaseException:
            connection.close()  # in doubt: an answer may still be on its way
            raise
        self.idle.append(connection)
        return balance

    def close(self) -> None:
        for connection in self.idle:
            connection.close()


async def page(pool: Pool, name: str) -> None:
    with trio.move_on_after(0.5) as timeout:
        say(f"{name} sees {await pool.query(name)}")
    if timeout.cancelled_caught:
        say(f"{name} sees an apology")


async def main() -> None:
    global start
    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        pool = Pool(nursery)
        for name, when in (("Ann", 0.0), ("Bob", 1.5), ("Zoe", 2.5)):
            await trio.sleep_until(start + when)
            await page(pool, name)
        pool.close()


if __name__ == "__main__":
    trio.run(main)
