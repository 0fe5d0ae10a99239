"""A session that ends by itself, fails, or is cancelled; a server that answers, or does not."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, s


class Server:
    def __init__(self, goodbye: float, messages: int = 1000, fails: bool = False) -> None:
        self.goodbye, self.messages, self.fails = goodbye, messages, fails
        self.begun = self.said = 0

    async def receive(self) -> str | None:
        await trio.sleep(1)
        self.messages -= 1
        if self.messages < 0 and self.fails:
            raise ConnectionError("reset by peer")
        return "hello" if self.messages >= 0 else None

    async def say_goodbye(self) -> None:
        self.begun += 1
        await trio.sleep(self.goodbye)
        self.said += 1


def check(theirs: Theirs) -> Iterator[str]:
    session = theirs.function("session")

    server = Server(1, messages=3)
    ran = theirs.run(lambda: session(server))
    if ran.error is not None or ran.value != 3:
        what = f"raised {theirs.told(ran.error)}" if ran.error else f"returned {ran.value!r}"
        yield f"A session of 3 messages that ends by itself {what}; it should return 3."
    if server.said != 1:
        yield f"A session that ended by itself said goodbye {server.said} times."

    server = Server(1, messages=1, fails=True)
    ran = theirs.run(lambda: session(server))
    if not isinstance(ran.error, ConnectionError):
        yield "The connection broke, and `session` did not raise its error."
    if server.said != 1:
        yield f"A session whose connection broke said goodbye {server.said} times."

    async def stopped() -> bool:
        with trio.move_on_after(2.5) as scope:
            await session(server)
        return scope.cancelled_caught

    server = Server(1)
    ran = theirs.run(stopped)
    if not server.said:
        how = "was cut off when it had begun" if server.begun else "never began"
        yield f"Cancelled at 2.5 s: the goodbye {how}, so the seat stays taken."
    elif ran.seconds > 3.5:
        yield f"Cancelled at 2.5 s, goodbye said at 3.5 s, but `session` went on until {s(ran.seconds)}."
    elif ran.value is False:
        yield (
            "Cancelled at 2.5 s, and `session` returned as if it had ended by itself: `Cancelled` "
            "is swallowed."
        )
    server = Server(3600)
    ran = theirs.run(stopped)
    if ran.seconds > 5.5:
        yield (
            "Cancelled at 2.5 s with a server that does not answer: "
            f"`session` ended at {s(ran.seconds)}, and had to by 5.5 s. The shield has no deadline."
        )
    elif server.begun and ran.seconds < 5.0:
        yield f"A slow server got {s(ran.seconds - 2.5)} for the goodbye, and not 3 s."
