"""A loop that does not die of one failure, and ends when it is cancelled."""

import trio

from trio_patterns.testing import cancel_sweep


async def fetch(page: int) -> None:
    await trio.sleep(1)


async def crawl() -> None:
    for page in range(3):
        try:
            await fetch(page)
        except Exception as error:
            print_later(f"page {page}: {error!r}")


def print_later(line: str) -> None:
    """Stand-in for a log."""


def test_the_crawler_can_be_stopped() -> None:
    print(cancel_sweep(crawl))
