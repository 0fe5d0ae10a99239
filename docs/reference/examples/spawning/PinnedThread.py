import threading

import trio

from trio_patterns.spawning import PinnedThread, open_pinned_thread


async def where(pinned: PinnedThread) -> str:
    thread = await pinned.run(threading.current_thread)
    return thread.name


async def main() -> None:
    async with open_pinned_thread("scanner") as pinned:
        assert pinned.name == "scanner"
        # However many calls: one thread.
        assert {await where(pinned) for _ in range(5)} == {"scanner"}


# ---
trio.run(main)  # REAL_TIME: a thread
