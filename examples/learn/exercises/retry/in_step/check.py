"""A hundred clients that fail together, step by step: how long do they pause, and are they in step?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import trio

from examples.learn.bench import Theirs, causes, s

CLIENTS = 100


def check(theirs: Theirs) -> Iterator[str]:
    reconnect = theirs.function("reconnect")
    pauses: list[list[float]] = []
    tries: list[int] = []
    errors: list[BaseException] = []

    async def client(number: int) -> None:
        own: list[float] = []
        last = 0.0

        async def connect() -> str:
            nonlocal last
            if last:
                own.append(trio.current_time() - last)
            await trio.sleep(0.001)
            last = trio.current_time()
            tries[number] += 1
            raise ConnectionError("the server restarts")

        try:
            await reconnect(connect, Random(number))
        except ConnectionError as error:
            errors.append(error)
        pauses.append(own)

    async def program() -> None:
        tries[:] = [0] * CLIENTS
        async with trio.open_nursery() as nursery:
            for number in range(CLIENTS):
                nursery.start_soon(client, number)

    ran = theirs.run(program)
    if ran.error is not None:
        yield f"`reconnect` raised {theirs.told(causes(ran.error)[0])}."
        return
    if set(tries) != {7}:
        yield f"A client sends seven requests, and here one sent {next(n for n in tries if n != 7)}."
        return
    if len(errors) != CLIENTS:
        yield "No request was answered, and the last error never reached the caller."
    for number, lengths in enumerate(zip(*pauses, strict=True), 1):
        tenth, together = Counter(round(length * 10) for length in lengths).most_common(1)[0]
        if together > CLIENTS / 3:
            yield (
                f"After failure {number} {together} of {CLIENTS} clients come back in the same tenth "
                f"of a second, {s(tenth / 10)} later: they are in step."
            )
            break
    longest = max(max(own) for own in pauses)
    if longest > 30.001:
        yield f"A client paused for {s(longest)}; 30.0 s are the limit."
    fifth = sum(own[4] for own in pauses) / CLIENTS
    if fifth < 4:
        yield (
            f"The fifth pause takes {s(fifth)} on average, and should be 4 s or more: a server that "
            "is down for long gets too many requests."
        )

    async def answered() -> object:
        calls = 0

        async def connect() -> str:
            nonlocal calls
            calls += 1
            if calls < 3:
                raise ConnectionError("the server restarts")
            return "connected"

        return await reconnect(connect, Random(1))

    if theirs.run(answered).value != "connected":
        yield "The third request was answered, and the caller does not get the answer."
