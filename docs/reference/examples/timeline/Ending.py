import trio

from trio_patterns.timeline import Ending, record


async def burn() -> None:
    await trio.sleep(3)
    raise RuntimeError("the toast is black")


async def main() -> None:
    with record() as timeline:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(burn)
                nursery.start_soon(trio.sleep, 60, name="tea")
        except* RuntimeError:
            pass
    _, toast, tea = timeline.recording.all_tasks()
    assert toast.ending == Ending("failed", "RuntimeError: the toast is black")
    assert tea.ending.kind == "cancelled"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
