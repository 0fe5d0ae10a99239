import trio

from trio_patterns.spawning import TaskHandle, spawn


async def count_words(chapter: int) -> int:
    await trio.sleep(chapter)
    return 1000 * chapter


async def main() -> None:
    async with trio.open_nursery() as nursery:
        short: TaskHandle[int] = spawn(nursery, count_words, 1)
        long: TaskHandle[int] = spawn(nursery, count_words, 60)
        assert await short.join() == 1000
        long.cancel("one is enough")  # this task alone
    assert (short.cancelled, long.cancelled) == (False, True)
    assert trio.current_time() == 1


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
