"""The link checker of chapter 7, cut off at every point, and run again."""

import trio
from trio.testing import MockClock
from trio_patterns.shutdown import CancellationToken
from trio_patterns.testing import cancel_sweep

from ch7_resume import check_site
from small_store import SlowStore
from small_web import Web

web = Web(pages=3)
store = SlowStore()


async def first_run(token: CancellationToken | None = None) -> None:
    global web, store
    web, store = Web(pages=3), SlowStore()
    await check_site(web, store, token)


async def second_run() -> list[str]:
    await check_site(web, store)
    return [page.url for page in await store.all().collect()]


def the_next_run_finishes() -> bool:
    found = trio.run(second_run, clock=MockClock(autojump_threshold=0))
    return found == web.urls and max(web.asked.values()) <= 2


def test_cut_off_anywhere() -> None:
    print(cancel_sweep(first_run, check=the_next_run_finishes))


def test_told_to_stop_then_cut_off() -> None:
    print(cancel_sweep(first_run, check=the_next_run_finishes, two_stage=True))
