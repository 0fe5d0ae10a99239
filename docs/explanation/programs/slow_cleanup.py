"""One task fails, one ends at once, one takes two seconds to clean up: the block ends when all have."""

import trio


async def failing() -> None:
    await trio.sleep(3)
    raise OSError("page 7 is empty")


async def quick() -> None:
    await trio.sleep_forever()


async def careful() -> None:
    try:
        await trio.sleep_forever()
    finally:
        with trio.move_on_after(5, shield=True):
            await trio.sleep(2)  # say goodbye
        print(f"t={trio.current_time() - started} said goodbye")


async def main() -> None:
    global started
    started = trio.current_time()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(failing)
            nursery.start_soon(quick)
            nursery.start_soon(careful)
    except* OSError as group:
        print(f"t={trio.current_time() - started} {group.exceptions[0]}")


started = 0.0

if __name__ == "__main__":
    trio.run(main)
