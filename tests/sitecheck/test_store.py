"""What is saved is what was found, in batches, also at a bad end; a run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from examples.sitecheck.html_links import Link, Page
from examples.sitecheck.store import BATCH_SIZE, Run, Store, VisitRow, open_saver, open_store
from examples.sitecheck.urls import Target
from examples.sitecheck.visit import Visit
from trio_patterns.traits import InMemoryRepository, Repository, Unavailable

ORIGIN = "http://127.0.0.1:1234"

VISITS = [
    Visit(f"{ORIGIN}/missing", 404, "not found", 2),
    Visit(f"{ORIGIN}/moved", 301, redirect=Target(f"{ORIGIN}/x?y=1", "z")),
    Visit(f"{ORIGIN}/out", 301, redirect=Target("https://other.test/", "")),
    Visit(
        f"{ORIGIN}/page",
        200,
        page=Page(
            (
                Link(1, " a.html ", f"{ORIGIN}/a.html", "b%20c"),
                Link(7, "mailto:x", "mailto:", ""),
                Link(8, "http://:x/ \0 \ud800 \u00e9", "", ""),
                Link(9, "//other.test", "https://other.test/", ""),
            ),
            frozenset({"one", "\0", "\u00e9"}),
        ),
        digest="abc",
    ),
    Visit(f"{ORIGIN}/empty", 200, page=Page((), frozenset())),
    Visit("https://other.test/", reason="timeout"),
]


class Broken:
    """A repository on a disk that has room for so many batches."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.saved: list[VisitRow] = []

    async def save_many(self, entities: Iterable[VisitRow]) -> None:
        await trio.lowlevel.checkpoint()
        if self.room == 0:
            raise Unavailable("save_many", "sqlite://", "database or disk is full")
        self.room -= 1
        self.saved += entities


def store(visits: Repository[str, VisitRow] | None = None, runs: Repository[str, Run] | None = None) -> Store:
    return Store(
        runs if runs is not None else InMemoryRepository(Run, key="site"),
        visits if visits is not None else InMemoryRepository(VisitRow, key="url"),
        "the site",
        ORIGIN,
    )


async def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    async with open_store(tmp_path / "odd ?#%.sqlite", "the site", ORIGIN) as saved:
        assert not await saved.begin()
        await saved.save(VISITS)
        assert await saved.load() == {visit.url: visit for visit in VISITS}
    assert (tmp_path / "odd ?#%.sqlite").exists()


async def test_the_site_may_be_at_another_port_in_the_next_run(tmp_path: Path) -> None:
    async with open_store(tmp_path / "db", "the site", ORIGIN) as saved:
        await saved.begin()
        await saved.save(VISITS)
    other = "http://127.0.0.1:999"
    async with open_store(tmp_path / "db", "the site", other) as saved:
        assert await saved.begin()
        loaded = await saved.load()
    assert set(loaded) == {visit.url.replace(ORIGIN, other) for visit in VISITS}
    moved = loaded[f"{other}/moved"].redirect
    assert moved == Target(f"{other}/x?y=1", "z")
    page = loaded[f"{other}/page"].page
    assert page is not None
    assert [link.url for link in page.links] == [f"{other}/a.html", "mailto:", "", "https://other.test/"]


async def test_sites_do_not_see_each_other(tmp_path: Path) -> None:
    async with (
        open_store(tmp_path / "db", "one", ORIGIN) as one,
        open_store(tmp_path / "db", "two", ORIGIN) as two,
    ):
        assert [await one.begin(), await two.begin()] == [False, False]
        await one.save(VISITS)
        assert await two.load() == {}
        await two.finish()
        assert len(await one.load()) == len(VISITS)


async def test_an_unfinished_run_goes_on_and_a_finished_one_does_not() -> None:
    saved = store()
    assert not await saved.begin()
    await saved.save(VISITS[:1])
    assert await saved.begin()
    assert len(await saved.load()) == 1
    await saved.finish()
    assert not await saved.begin()
    assert await saved.load() == {}


async def test_fresh_drops_the_old_visits_only_when_the_new_run_is_finished() -> None:
    rows = InMemoryRepository(VisitRow, key="url")
    saved = store(rows)
    await saved.begin()
    await saved.save(VISITS)
    assert not await saved.begin(fresh=True)
    assert await saved.load() == {}
    await saved.save(VISITS[:2])
    assert len(await rows.all().collect()) == len(VISITS)
    await saved.finish()
    assert len(await rows.all().collect()) == 2


class Recorder:
    """A repository that notes when how many came."""

    def __init__(self) -> None:
        self.batches: list[tuple[float, int]] = []
        self.start = trio.current_time()

    async def save(self, batch: Sequence[Visit]) -> None:
        self.batches.append((trio.current_time() - self.start, len(batch)))
        await trio.lowlevel.checkpoint()


async def test_batches_are_of_a_size_or_of_half_a_second(autojump_clock: MockClock) -> None:
    recorder = Recorder()
    async with open_saver(recorder) as found:  # type: ignore[arg-type]
        for _ in range(BATCH_SIZE + 1):
            await found.send(VISITS[0])
        await trio.sleep(0.3)
        await found.send(VISITS[0])
        await trio.sleep(5)
        await found.send(VISITS[0])
    assert recorder.batches == [(0.0, BATCH_SIZE), (0.5, 2), (5.3, 1)]


async def test_a_failure_in_the_block_loses_nothing_that_was_found(autojump_clock: MockClock) -> None:
    recorder = Recorder()
    with pytest.RaisesGroup(ZeroDivisionError):
        async with open_saver(recorder) as found:  # type: ignore[arg-type]
            await found.send(VISITS[0])
            raise ZeroDivisionError
    assert recorder.batches == [(0.0, 1)]


async def test_a_cancellation_loses_nothing_that_was_found(autojump_clock: MockClock) -> None:
    recorder = Recorder()
    with trio.move_on_after(0.1) as scope:
        async with open_saver(recorder) as found:  # type: ignore[arg-type]
            await found.send(VISITS[0])
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert recorder.batches == [(0.1, 1)]


async def test_a_disk_that_hangs_does_not_hold_up_the_end_for_ever(autojump_clock: MockClock) -> None:
    class Stuck:
        async def save(self, batch: Sequence[Visit]) -> None:
            await trio.sleep_forever()

    async with open_saver(Stuck()) as found:  # type: ignore[arg-type]
        await found.send(VISITS[0])
    assert trio.current_time() == 10


async def test_a_full_disk_ends_the_block_and_keeps_the_batches_before(autojump_clock: MockClock) -> None:
    broken = Broken(room=1)
    saved = store(broken)  # type: ignore[arg-type]
    sent = 0
    with pytest.RaisesGroup(Unavailable, flatten_subgroups=True, allow_unwrapped=True) as caught:
        async with open_saver(saved) as found:
            while True:
                await found.send(VISITS[0])
                sent += 1
                await trio.sleep(0.01)
    assert "database or disk is full" in str(caught.value) + repr(getattr(caught.value, "exceptions", ""))
    assert len(broken.saved) == BATCH_SIZE
    assert sent < 4 * BATCH_SIZE
