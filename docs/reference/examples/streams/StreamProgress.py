import trio

from trio_patterns.streams import StreamProgress, stream


async def copy(file: str) -> None:
    await trio.sleep(2)


async def main() -> None:
    lines = []

    def show(progress: StreamProgress) -> None:
        percent = f"{progress.fraction:.0%}, {progress.rate:g} a second"
        lines.append("done" if progress.done else percent)

    files = stream(["a.txt", "b.txt", "c.txt", "d.txt"])
    await files.progress(show, every=4, total=4).for_each(copy)
    assert lines == ["50%, 0.5 a second", "100%, 0.5 a second", "done"]


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
