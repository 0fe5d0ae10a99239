"""Three ways to say goodbye in `finally` to a server that answers after 100 s; all are cut off after 5 s."""

from collections.abc import Awaitable, Callable

import trio


async def no_shield(said: list[str]) -> None:
    try:
        await trio.sleep_forever()
    finally:
        said.append("goodb")
        await trio.sleep(100)  # the server is slow
        said.append("ye")


async def shield_without_end(said: list[str]) -> None:
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            said.append("goodb")
            await trio.sleep(100)
            said.append("ye")


async def shield_with_a_bound(said: list[str]) -> None:
    try:
        await trio.sleep_forever()
    finally:
        with trio.move_on_after(2, shield=True):
            said.append("goodb")
            await trio.sleep(100)
            said.append("ye")


async def cut_off(client: Callable[[list[str]], Awaitable[None]]) -> None:
    said: list[str] = []
    started = trio.current_time()
    with trio.move_on_after(5):
        await client(said)
    print(f"{client.__name__:20} said {''.join(said)!r:9} and was gone at t={trio.current_time() - started}")


async def main() -> None:
    for client in (no_shield, shield_without_end, shield_with_a_bound):
        await cut_off(client)


if __name__ == "__main__":
    trio.run(main)
