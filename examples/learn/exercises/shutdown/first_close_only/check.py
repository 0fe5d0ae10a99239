"""Connections that close, fail, or never end: are all of them told, and when is it over?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, causes, s


class Connection:
    def __init__(self, name: str, seconds: float = 2.0, error: Exception | None = None) -> None:
        self.name, self.seconds, self.error = name, seconds, error
        self.told: float | None = None
        self.closed = False

    async def aclose(self) -> None:
        self.told = trio.current_time()
        await trio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        self.closed = True


def check(theirs: Theirs) -> Iterator[str]:
    close_all = theirs.function("close_all")
    start = 0.0

    async def program() -> object:
        nonlocal start
        start = trio.current_time()
        return await close_all(iter(connections))

    def untold() -> Iterator[str]:
        for connection in connections:
            if connection.told is None:
                yield f"`{connection.name}` was never told to close."
            elif connection.told > start:
                yield (
                    f"`{connection.name}` was told to close at {s(connection.told - start)}, and not at once."
                )

    connections = [Connection("a"), Connection("b"), Connection("c")]
    ran = theirs.run(program)
    if ran.error is not None:
        yield f"Nothing fails, but `close_all` raised {theirs.told(ran.error)}."
        return
    yield from untold()
    if ran.value != []:
        yield f"All connections have closed, but `close_all` returned {ran.value!r} and not []."

    connections = [Connection("a"), Connection("b", 1, OSError("disk full")), Connection("c")]
    ran = theirs.run(program)
    for connection in connections:
        if connection.told is not None and not connection.closed and connection.error is None:
            yield f"The failure of `b` at 1.0 s cut off how `{connection.name}` closes."
        elif connection.told is None:
            yield f"After the failure of `b`, `{connection.name}` was never told to close."
    if [type(error) for error in causes(ran.error)] != [OSError]:
        yield "`b` failed while it closed, and the caller does not get that error."

    connections = [Connection("stuck", 3600), Connection("a"), Connection("b")]
    ran = theirs.run(program)
    if ran.error is not None:
        yield f"A connection never ends, and `close_all` raised {theirs.told(ran.error)}."
    elif ran.seconds > 5:
        yield f"`stuck` does not close, and `close_all` waited until {s(ran.seconds)}; 5.0 s are the limit."
    elif ran.value != ["stuck"]:
        yield f"`stuck` had to be cut off at 5.0 s, and `close_all` returned {ran.value!r} and not ['stuck']."

    connections = [Connection("stuck", 3600), Connection("a", 1, OSError("full")), Connection("b", 4)]
    ran = theirs.run(program)
    if ran.error is None:
        yield "One fails and one never ends: the error is lost."
    elif not connections[2].closed:
        yield "One fails at 1.0 s and one never ends: `b`, which needs 4.0 s, was cut off."
