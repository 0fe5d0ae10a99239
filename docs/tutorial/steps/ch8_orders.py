"""The link checker of chapter 7, in many orders of its tasks."""

from trio_patterns.testing import explore

from ch7_resume import check_site
from small_store import Page, SlowStore
from small_web import Web

web = Web(pages=3)
found: list[Page] = []


async def one_run() -> None:
    global web
    web, store = Web(pages=3, gone=["/2"]), SlowStore()
    await check_site(web, store)
    found[:] = await store.all().collect()


def the_report_is_the_same() -> bool:
    broken = [page.url for page in found if page.verdict != "ok"]
    return web.requests == len(found) == 3 and broken == ["/2"]


def test_any_order() -> None:
    print(explore(one_run, check=the_report_is_the_same))


def test_any_order_even_an_unfair_one() -> None:
    print(explore(one_run, check=the_report_is_the_same, fair=False))
