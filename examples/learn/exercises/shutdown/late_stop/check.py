"""A stop in the pause, in a report, and before the first one."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, s
from trio_patterns.shutdown import CancellationToken


def check(theirs: Theirs) -> Iterator[str]:
    report_loop = theirs.function("report_loop")
    begun: list[float] = []
    ended: list[float] = []

    async def program(stop_at: float) -> object:
        begun.clear()
        ended.clear()
        token = CancellationToken()

        async def send() -> None:
            begun.append(trio.current_time() - start)
            if len(begun) > 50:
                raise RuntimeError("more than 50 reports")
            await trio.sleep(2)
            ended.append(trio.current_time() - start)

        async def stop() -> None:
            await trio.sleep(stop_at)
            token.cancel("deploy")

        start = trio.current_time()
        if stop_at < 0:
            token.cancel("deploy")
            return await report_loop(send, token)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop)
            return await report_loop(send, token)

    for stop_at, end, what in (
        (10.0, 10.0, "in a pause"),
        (121.0, 122.0, "in a report"),
        (-1.0, 0.0, "before the loop begins"),
    ):
        ran = theirs.run(lambda at=stop_at: program(at))  # type: ignore[misc]
        when = f"Stopped at {s(stop_at)}, {what}" if stop_at > 0 else f"Stopped {what}"
        if ran.error is not None:
            yield f"{when}: `report_loop` raised {theirs.told(ran.error)}."
            continue
        if len(ended) < len(begun):
            yield f"{when}: the report that began at {s(begun[-1])} was cut off."
        if late := [t for t in begun if t >= max(stop_at, 0)]:
            yield f"{when}: a report began at {s(late[0])}."
        if ran.seconds > end:
            yield f"{when}: the loop ended at {s(ran.seconds)}; it could have at {s(end)}."
        if ran.value != len(ended):
            yield f"{when}: {len(ended)} reports were sent, and `report_loop` returned {ran.value!r}."
        if stop_at > 100 and begun != [0.0, 60.0, 120.0]:
            yield f"Reports begin at {', '.join(map(s, begun))}, and should at 0.0 s, 60.0 s, 120.0 s."
