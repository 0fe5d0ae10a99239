from functools import partial

import trio

from trio_patterns.spawning import Selected, select


async def main() -> None:
    send, receive = trio.open_memory_channel[str](1)
    await send.send("order 1")
    found = []
    for _ in range(2):
        match await select(order=receive.receive, tick=partial(trio.sleep, 10)):
            case Selected("order", order):
                found.append(order)
            case Selected("tick"):
                found.append("quiet")
    assert found == ["order 1", "quiet"]
    assert trio.current_time() == 10


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
