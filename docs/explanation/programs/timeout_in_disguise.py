"""A cleanup fails during a timeout: the cancellations are filtered out, and the error is left."""

import trio


async def tidy() -> None:
    await trio.sleep_forever()


async def untidy() -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise OSError("the socket was closed already")


async def main() -> None:
    try:
        with trio.move_on_after(5) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tidy)
                nursery.start_soon(untidy)
    except* OSError as group:
        print(f"{group!r}")
        print(f"its context: {type(group.exceptions[0].__context__).__name__}")
    print(f"cancel_called={scope.cancel_called} cancelled_caught={scope.cancelled_caught}")


if __name__ == "__main__":
    trio.run(main)
