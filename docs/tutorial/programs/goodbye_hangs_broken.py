"""A shield without a deadline, and a server that does not answer."""

import trio

from trio_patterns.testing import cancel_sweep


async def say_goodbye(answer: trio.Event) -> None:
    await answer.wait()


async def client() -> None:
    answer = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server, answer)
        try:
            await trio.sleep(1)
        finally:
            with trio.CancelScope(shield=True):
                await say_goodbye(answer)


async def server(answer: trio.Event) -> None:
    await trio.sleep(2)
    answer.set()


def test_the_client_ends() -> None:
    cancel_sweep(client)
