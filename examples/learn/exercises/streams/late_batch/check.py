"""Events at given times: which batches are written, and when?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, s

Batches = list[tuple[float, list[int]]]


def check(theirs: Theirs) -> Iterator[str]:
    write_in_batches = theirs.function("write_in_batches")
    written: Batches = []

    async def program(times: list[float], end: float) -> None:
        written.clear()
        send, receive = trio.open_memory_channel[int](0)
        start = trio.current_time()

        async def source() -> None:
            with send:
                for number, when in enumerate(times):
                    await trio.sleep_until(start + when)
                    await send.send(number)
                await trio.sleep_until(start + end)

        async def write(batch: list[int]) -> None:
            written.append((round(trio.current_time() - start, 3), list(batch)))
            await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(source)
            await write_in_batches(receive, write, 4, 5.0)

    def told(batches: Batches) -> str:
        return ", ".join(f"{batch} at {s(when)}" for when, batch in batches) or "nothing"

    cases: list[tuple[str, list[float], float, Batches]] = [
        ("Four events in one second", [1.0, 1.2, 1.4, 1.6], 20.0, [(1.6, [0, 1, 2, 3])]),
        ("One event at 1.0 s, and no other", [1.0], 20.0, [(6.0, [0])]),
        ("A trickle of one event every 4 s", [0.0, 4.0, 8.0], 30.0, [(5.0, [0, 1]), (13.0, [2])]),
        ("Two events, and the channel ends at 3.0 s", [1.0, 2.0], 3.0, [(3.0, [0, 1])]),
        ("No event at all", [], 12.0, []),
        ("Silence before the first event", [8.0, 9.0], 20.0, [(13.0, [0, 1])]),
    ]
    for what, times, end, wanted in cases:
        ran = theirs.run(lambda times=times, end=end: program(times, end))  # type: ignore[misc]
        if ran.error is not None:
            yield f"{what}: `write_in_batches` raised {theirs.told(ran.error)}."
        elif written != wanted:
            yield f"{what}: written is {told(written)}; it should be {told(wanted)}."
        elif ran.seconds > end:
            yield f"{what}: the channel ends at {s(end)}, and `write_in_batches` at {s(ran.seconds)}."
