"""Who cancelled me, and why: `Cancelled.source` and `Cancelled.reason`."""

import trio

from trio_patterns.shutdown import CancellationToken


async def work(name: str) -> None:
    try:
        await trio.sleep_forever()
    except trio.Cancelled as cancelled:
        print(f"{name:8} source={cancelled.source!r} reason={cancelled.reason!r}")
        raise


async def bad_neighbour() -> None:
    await trio.sleep(1)
    raise ValueError("page 7 is empty")


async def main() -> None:
    with trio.move_on_after(5):
        await work("timeout")

    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, "by hand")
            await trio.sleep(1)
            scope.cancel(reason="the user closed the window")

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, "sibling")
            nursery.start_soon(bad_neighbour)
    except* ValueError:
        pass

    token = CancellationToken()
    async with trio.open_nursery() as nursery:

        async def until_told() -> None:
            with token.scope():
                await work("token")

        nursery.start_soon(until_told)
        await trio.sleep(1)
        token.cancel("deploy")


if __name__ == "__main__":
    trio.run(main)
