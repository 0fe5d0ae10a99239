"""Calls of different length from a source that counts: how many at once, how far ahead, in what order?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Meter, Theirs, causes, s

LIMIT = 5


def check(theirs: Theirs) -> Iterator[str]:
    call_all = theirs.function("call_all")
    meter = Meter()
    fails = -1
    read = ended = ahead = 0
    ahead_at = 0.0

    def names(count: int) -> Iterator[str]:
        nonlocal read, ahead, ahead_at
        for number in range(count):
            read += 1
            if read - ended > ahead:
                ahead, ahead_at = read - ended, trio.current_time()
            yield str(number)

    async def call(name: str) -> int:
        nonlocal ended
        with meter():
            await trio.sleep(2.0 if int(name) % 4 == 0 else 1.0)
            if int(name) == fails:
                raise ConnectionError(f"{name} refused")
        ended += 1
        return int(name)

    async def program(count: int, limit: int) -> object:
        nonlocal read, ended, ahead
        read = ended = ahead = 0
        meter.__init__()  # type: ignore[misc]
        return await call_all(call, names(count), limit)

    ran = theirs.run(lambda: program(40, LIMIT))
    if ran.error is not None:
        yield f"`call_all` raised {theirs.told(ran.error)}."
        return
    if meter.peak > LIMIT:
        yield f"At {s(meter.peak_at)} {meter.peak} calls ran at once; the limit is {LIMIT}."
    elif ahead > LIMIT + 1:
        yield (
            f"At {s(ahead_at)} {ahead} names were read whose calls had not ended; with a limit of "
            f"{LIMIT} that is too far ahead."
        )
    if ran.seconds > 13:
        yield (
            f"40 calls, {LIMIT} at a time, took {s(ran.seconds)}, and can be done in 11.0 s: there "
            "are pauses in which fewer run."
        )
    if ran.value != list(range(40)):
        yield f"The results are not in the order of the names: {ran.value!r}."

    ran = theirs.run(lambda: program(3, LIMIT))
    if ran.value != [0, 1, 2]:
        yield f"Three names, and a limit of {LIMIT}: `call_all` returned {ran.value!r}."
    ran = theirs.run(lambda: program(0, LIMIT))
    if ran.value != []:
        yield f"No names: `call_all` returned {ran.value!r}."

    fails = 6
    ran = theirs.run(lambda: program(40, LIMIT))
    if not any(isinstance(error, ConnectionError) for error in causes(ran.error)):
        yield "The call for name 6 failed, and its error never reached the caller."
    elif ran.seconds > 3:
        yield (
            "The call for name 6 failed at 3.0 s at the latest, and the caller hears of it at "
            f"{s(ran.seconds)}."
        )
    elif meter.inside:
        yield f"`call_all` has ended, and {meter.inside} of its calls have not."
