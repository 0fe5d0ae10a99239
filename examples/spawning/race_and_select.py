"""gather, race and select: all of them, the first success, the first of different things.

Notice: mirror A is down, so B starts before its turn; and both messages of a tie are there.
Run: python -m examples race_and_select
Page: docs/patterns/spawning/race-and-select.md
"""

from __future__ import annotations

from functools import partial

import trio

from trio_patterns.spawning import gather, race, select


async def load(what: str, seconds: float) -> str:
    await trio.sleep(seconds)
    return what


async def download(mirror: str, seconds: float, log: list[str], *, down: bool = False) -> str:
    start = trio.current_time()
    try:
        await trio.sleep(seconds)
        if down:
            raise ConnectionError(f"{mirror} is down")
        return f"file from {mirror}"
    finally:
        # A loser is cancelled, and awaited: when race() returns, this has happened.
        log.append(f"{mirror} ended after {trio.current_time() - start:.1f} s")


async def main() -> None:
    start = trio.current_time()

    # All of a few different things, in the order of the arguments.
    user, orders = await gather(partial(load, "user", 2), partial(load, "orders", 1))
    print(f"t={trio.current_time() - start:.1f} gather: {user}, {orders}")

    # The first success. Each mirror has a head start of 0.5 s, and loses it when it fails.
    log: list[str] = []
    file = await race(
        partial(download, "A", 0.2, log, down=True),
        partial(download, "B", 1.0, log),
        partial(download, "C", 9.0, log),
        stagger=0.5,
    )
    print(f"t={trio.current_time() - start:.1f} race: {file} ({'; '.join(sorted(log))})")

    # The first of different things. Two messages lie ready: the first channel wins the tie, and what the
    # other branch has received at the same moment is in `others`.
    send_jobs, jobs = trio.open_memory_channel[str](10)
    send_news, news = trio.open_memory_channel[str](10)
    with send_jobs, send_news, jobs, news:
        for number in range(2):
            send_jobs.send_nowait(f"job {number}")
            send_news.send_nowait(f"news {number}")
        for _ in range(3):
            selected = await select(jobs=jobs.receive, news=news.receive, tick=partial(trio.sleep, 1))
            others = ", ".join(selected.others.values()) or "nothing"
            now = trio.current_time() - start
            print(f"t={now:.1f} select: {selected.name} {selected.value}, beside: {others}")


if __name__ == "__main__":
    trio.run(main)
