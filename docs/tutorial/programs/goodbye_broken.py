"""A client says goodbye in `finally`. A cancelled one does not."""

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
        await say("goodbye")


def test_who_says_hello_says_goodbye() -> None:
    cancel_sweep(client, check=lambda: ("hello" in log) == ("goodbye" in log))
