"""A fast sensor and a slow store: how many values wait, and are all of them stored in the end?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    record = theirs.function("record")
    stored: list[float] = []
    read_count = begun = most = 0
    most_at = start = 0.0
    fails = False

    async def program(count: int, room: int, period: float, slow: float) -> None:
        nonlocal read_count, begun, most, most_at, start
        read_count = begun = most = 0
        stored.clear()
        start = trio.current_time()

        async def read() -> float | None:
            nonlocal read_count, most, most_at
            if read_count == count:
                return None
            await trio.sleep(period)
            read_count += 1
            if read_count - begun > most:
                most, most_at = read_count - begun, trio.current_time() - start
            return float(read_count)

        async def store(value: float) -> None:
            nonlocal begun
            begun += 1
            await trio.sleep(slow)
            if fails:
                raise OSError("disk full")
            stored.append(value)

        await record(read, store, room)

    for room in (1, 5):
        ran = theirs.run(lambda room=room: program(50, room, 0.1, 1.0))  # type: ignore[misc]
        if ran.error is not None:
            yield f"`record` raised {theirs.told(ran.error)}."
            return
        if len(stored) != 50:
            yield f"50 values were read, and {len(stored)} are stored when `record` ends."
        elif stored != sorted(stored):
            yield "The values were not stored in the order in which they were read."
        elif most > room:
            yield f"At {s(most_at)} {most} values waited to be stored; there is room for {room}."
            break
        if ran.seconds > 51:
            yield f"50 values took {s(ran.seconds)}: the store was idle, and 50.1 s are enough."

    ran = theirs.run(lambda: program(10, 5, 1.0, 1.0))
    if ran.seconds > 12:
        yield (
            f"Reading takes 1 s and storing takes 1 s: 10 values took {s(ran.seconds)}. "
            "Reading goes on while a value is stored, so 11.0 s are enough."
        )

    fails = True
    ran = theirs.run(lambda: program(50, 5, 0.1, 1.0))
    if not any(isinstance(error, OSError) for error in causes(ran.error)):
        yield "Storing failed, and its error never reached the caller."
