"""For the picture: six links, two at once."""

from functools import partial

from trio_patterns.backpressure import bounded_map

from ch3_bounded import check
from small_web import Web


async def main() -> None:
    web = Web(pages=6)
    await bounded_map(partial(check, web), web.urls, limit=2)
