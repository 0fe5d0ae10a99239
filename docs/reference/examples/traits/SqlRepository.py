from dataclasses import dataclass

import trio

from trio_patterns.traits import SqlRepository, open_sql_repository


@dataclass
class Page:
    id: str
    visits: int


async def busiest(pages: SqlRepository[Page]) -> str:
    return max(await pages.all().collect(), key=lambda page: page.visits).id


async def main() -> None:
    async with open_sql_repository("sqlite://", Page) as pages:
        await pages.save_many([Page("/", 90), Page("/help", 7)])
        assert await busiest(pages) == "/"


# ---
trio.run(main)  # REAL_TIME: a database in a thread
