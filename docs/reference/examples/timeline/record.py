import trio

from trio_patterns.timeline import record


async def main() -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2, name="tea")
            nursery.start_soon(trio.sleep, 4, name="toast")
    assert timeline.recording.duration == 4
    assert timeline.to_svg().startswith("<svg")  # write it to a file and look at it


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
