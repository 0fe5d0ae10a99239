"""What the tabs of the pages about spawning define does what the pages say.

Both tabs, plain trio and the library, have to pass the same test.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import trio

NamesOf = Callable[..., dict[str, Any]]
BOTH = ("plain trio", "trio_patterns")
both_tabs = pytest.mark.parametrize("tab", BOTH)


def elapsed_since(start: float) -> float:
    return round(trio.current_time() - start, 6)


@both_tabs
async def test_task_handles(names_of: NamesOf, tab: str, autojump_clock: object):
    start = trio.current_time()

    async def ship(order: str, days: float) -> str:
        await trio.sleep(days)
        return f"{order} arrived"

    assert await names_of("spawning/task-handles", tab)["overnight"](ship) == "A arrived"
    assert elapsed_since(start) == 1.0


async def test_task_handles_simplified(names_of: NamesOf, autojump_clock: object):
    simplified_spawn = names_of("spawning/task-handles", "simplified")["simplified_spawn"]

    async def double(number: int) -> int:
        return 2 * number

    async with trio.open_nursery() as nursery:
        handle = simplified_spawn(nursery, double, 21)
        await handle.ended.wait()
        endless = simplified_spawn(nursery, trio.sleep, 60)
        endless.scope.cancel()
    assert handle.value == 42
    assert endless.ended.is_set()


@both_tabs
async def test_join_set(names_of: NamesOf, tab: str, autojump_clock: object):
    running = peak = 0

    async def fetch(url: str) -> str:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await trio.sleep(1)
        running -= 1
        if url in ("2", "5"):
            raise ValueError(url)
        return f"page {url}"

    pages, failures = await names_of("spawning/join-set", tab)["fetch_all"]([*"0123456789"], fetch)
    assert pages == {url: f"page {url}" for url in "01346789"}
    assert {url: str(error) for url, error in failures.items()} == {"2": "2", "5": "5"}
    assert peak == 4


async def test_join_set_simplified(names_of: NamesOf, autojump_clock: object):
    simplified_join_set = names_of("spawning/join-set", "simplified")["simplified_join_set"]
    async with simplified_join_set(2) as (start, ended):
        for seconds in (3, 1, -1):  # a negative one is a ValueError of trio's
            start(trio.sleep, seconds)
        received = [await ended.receive() for _ in range(3)]
    assert sorted(args for args, _, error in received if error is None) == [(1,), (3,)]
    assert [type(error) for _, _, error in received if error is not None] == [ValueError]


@both_tabs
async def test_either_loses_nothing(names_of: NamesOf, tab: str, autojump_clock: object):
    either = names_of("spawning/race-and-select", tab)["either"]
    send_jobs, jobs = trio.open_memory_channel[int](50)
    send_news, news = trio.open_memory_channel[int](50)
    seen: list[int] = []
    with send_jobs, send_news, jobs, news:
        for number in range(50):
            send_jobs.send_nowait(number)
            send_news.send_nowait(100 + number)
        while len(seen) < 100:
            found = await either(jobs, news)
            seen += found if isinstance(found, list) else [found]
    assert sorted(seen) == [*range(50), *range(100, 150)]


async def test_gather_and_race_of_the_page(names_of: NamesOf, autojump_clock: object):
    page = names_of("spawning/race-and-select", "trio_patterns")

    async def load(key: str) -> str:
        await trio.sleep(1)
        return key

    async def fetch(mirror: str) -> str:
        await trio.sleep(0.1)
        if mirror == "A":
            raise OSError("down")
        return mirror

    assert await page["all_of"](load, load, "key") == ("key", "key")
    assert await page["first_success"](fetch, ["A", "B", "C"]) == "B"


async def test_select_simplified(names_of: NamesOf, autojump_clock: object):
    simplified_select = names_of("spawning/race-and-select", "simplified")["simplified_select"]
    event = trio.Event()
    event.set()
    found = await simplified_select(a=partial(trio.sleep, 1), b=event.wait, c=event.wait)
    assert found == ("b", None, {"c": None})


@both_tabs
async def test_offload(names_of: NamesOf, tab: str):
    hash_file = names_of("spawning/offload", *BOTH[: BOTH.index(tab) + 1])["hash_file"]
    blocks: list[int] = []

    class Digest:
        def update(self, block: int) -> None:
            blocks.append(block)

        def hexdigest(self) -> str:
            return f"{len(blocks)} blocks"

    assert await hash_file(lambda block: block, Digest()) == "60 blocks"
    blocks.clear()
    with trio.CancelScope() as scope:
        scope.cancel()
        await hash_file(lambda block: block, Digest())
    assert scope.cancelled_caught
    assert blocks == []


async def test_pinned_thread_of_plain_trio(names_of: NamesOf):
    run = names_of("spawning/pinned-thread", "plain trio")["run"]
    with ThreadPoolExecutor(1) as executor:
        connection = await run(executor, sqlite3.connect, ":memory:")
        rows = await run(executor, lambda: connection.execute("select 1").fetchall())
        await run(executor, connection.close)
    assert rows == [(1,)]
