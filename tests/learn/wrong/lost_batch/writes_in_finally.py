"""Says: is lost: it was read, and neither written nor given back."""


async def copy(rows, write, give_back, size=3):
    batch = []
    try:
        async for row in rows:
            batch.append(row)
            if len(batch) == size:
                full, batch = batch, []
                try:
                    await write(full)
                except Exception:
                    give_back(full)
                    raise
    finally:
        if batch:
            await write(batch)
