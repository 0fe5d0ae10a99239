import trio

from trio_patterns.spawning import TaskCancelled, spawn


async def main() -> None:
    async with trio.open_nursery() as nursery:
        upload = spawn(nursery, trio.sleep, 60, name="upload")
        upload.cancel("the user pressed Stop")
        try:
            await upload.join()
        except TaskCancelled as cancelled:
            assert cancelled.name == "upload"
            assert cancelled.reason == "the user pressed Stop"
    assert upload.cancelled


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
