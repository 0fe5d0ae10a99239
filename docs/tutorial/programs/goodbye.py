"""A client says goodbye in `finally`, shielded, and for two seconds at most."""

import trio

from trio_patterns.testing import cancel_sweep

log: list[str] = []


async def say(word: str) -> None:
    await trio.sleep(1)
    log.append(word)


async def client() -> None:
    log.clear()
    await say("hello")
    try:
        await say("question")
    finally:
        with trio.move_on_after(2, shield=True):
            await say("goodbye")


def test_who_says_hello_says_goodbye() -> None:
    print(cancel_sweep(client, within=4, check=lambda: ("hello" in log) == ("goodbye" in log)))
