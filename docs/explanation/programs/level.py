"""trio's cancellation is a state: the same handler only delays it."""

import trio
import trio.testing


async def fetch_pages() -> None:
    for page in range(1, 4):
        try:
            await trio.sleep(0.001)  # fetch it
            print(f"page {page}")
        except BaseException as error:  # still a bug: see below
            print(f"page {page}: {type(error).__name__}, going on")


async def main() -> None:
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fetch_pages)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    print(f"cancelled: {scope.cancelled_caught}")


if __name__ == "__main__":
    trio.run(main)
