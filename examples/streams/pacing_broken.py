"""A search box, the naive ways: a request for each keystroke, and a debounce written by hand.

Somebody types "trio", pauses, types " run" and presses Enter, which ends the input.

Notice: eight requests where two were wanted; then one, because the last text is lost with the end.
Run: python -m examples pacing_broken
Page: docs/patterns/streams/pacing.md
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

KEYS = [
    *((0.1, "t"), (0.2, "tr"), (0.3, "tri"), (0.4, "trio")),
    *((1.2, "trio "), (1.3, "trio r"), (1.4, "trio ru"), (1.5, "trio run")),
]
ENTER = 1.6

start = 0.0
requests: list[str] = []


def search(text: str) -> None:
    print(f"t={trio.current_time() - start:.1f} search for {text!r}")
    requests.append(text)


async def at_each_key(keys: trio.MemoryReceiveChannel[str]) -> None:
    async for text in keys:
        search(text)  # BUG: the next keystroke makes it worthless


async def after_a_pause(keys: trio.MemoryReceiveChannel[str]) -> None:
    text = ""
    try:
        while True:
            with trio.move_on_after(0.3) as pause:
                text = await keys.receive()
            if pause.cancelled_caught and text:
                search(text)
                text = ""
    except trio.EndOfChannel:
        pass  # BUG: what was typed last still waits for its pause


async def type_keys(keys: trio.MemorySendChannel[str]) -> None:
    with keys:
        for when, text in KEYS:
            await trio.sleep_until(start + when)
            await keys.send(text)
        await trio.sleep_until(start + ENTER)


async def run(handle: Callable[[trio.MemoryReceiveChannel[str]], Awaitable[None]]) -> None:
    global start
    start = trio.current_time()
    requests.clear()
    send, receive = trio.open_memory_channel[str](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(type_keys, send)
        await handle(receive)
    print(f"requests: {len(requests)}, the last for {requests[-1]!r}; typed was {KEYS[-1][1]!r}")


async def main() -> None:
    print("a request for each keystroke:")
    await run(at_each_key)
    print("a debounce by hand:")
    await run(after_a_pause)


if __name__ == "__main__":
    trio.run(main)
