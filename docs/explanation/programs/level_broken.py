"""asyncio's cancellation is an event: one handler too many, and it is gone."""

import asyncio


async def fetch_pages() -> None:
    for page in range(1, 4):
        try:
            await asyncio.sleep(0.001)  # fetch it
            print(f"page {page}")
        except BaseException as error:  # BUG: it takes the cancellation for a page that failed
            print(f"page {page}: {type(error).__name__}, going on")


async def main() -> None:
    task = asyncio.create_task(fetch_pages())
    await asyncio.sleep(0)
    task.cancel()
    await task
    print(f"cancelled: {task.cancelled()}")


if __name__ == "__main__":
    asyncio.run(main())
