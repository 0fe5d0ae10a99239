"""Says: The source fails after 5 rows: written is [[1, 2, 3]], and should be [[1, 2, 3], [4, 5]]."""


async def copy(rows, write, give_back, size=3):
    batch = []
    try:
        async for row in rows:
            batch.append(row)
            if len(batch) == size:
                await write(batch)
                batch = []
        if batch:
            await write(batch)
            batch = []
    finally:
        give_back(batch)
