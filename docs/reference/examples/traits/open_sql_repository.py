from dataclasses import dataclass

import trio

from trio_patterns.traits import open_sql_repository


@dataclass
class Order:
    number: int
    item: str


async def main() -> None:
    async with open_sql_repository("sqlite://", Order, key="number") as orders:
        await orders.save(Order(7, "tea"))
        await orders.save(Order(7, "green tea"))  # replaces it
        assert await orders.find_by_id(7) == Order(7, "green tea")


# ---
trio.run(main)  # REAL_TIME: a database in a thread
