"""The goodbye that was cut off.

A session reads messages until there are no more, and then says goodbye, which takes 1 s.
A server that hears no goodbye keeps the seat of a client for ten minutes.
At 2.5 s the program is stopped: the session is cancelled.

Mend `session`: it says goodbye however it ends, also when it is cancelled.
It spends at most 3 s on that, because a server may be gone.
A cancelled session ends as cancelled: what was called off is not reported as a success.

Before you run it: the goodbye stands in a `finally`. Is it said?
"""

from __future__ import annotations

from typing import Protocol

import trio
from trio.testing import MockClock


class Connection(Protocol):
    async def receive(self) -> str | None: ...

    async def say_goodbye(self) -> None: ...


async def session(connection: Connection) -> int:
    messages = 0
    try:
        while await connection.receive() is not None:
            messages += 1
    finally:
        await connection.say_goodbye()
    return messages


class Chatty:
    async def receive(self) -> str | None:
        await trio.sleep(1)
        return "hello"

    async def say_goodbye(self) -> None:
        print(f"t={trio.current_time():.1f} goodbye begins")
        await trio.sleep(1)
        print(f"t={trio.current_time():.1f} goodbye said, the seat is free")


async def main() -> None:
    with trio.move_on_after(2.5):
        await session(Chatty())
    print(f"t={trio.current_time():.1f} the session has ended")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
