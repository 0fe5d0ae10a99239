"""For the picture: six links, two at once, and the third page is silent."""

from functools import partial

from trio_patterns.backpressure import bounded_map

from ch4_timeout import check
from small_web import Web


async def main() -> None:
    web = Web(pages=6, silent=["/2"])
    await bounded_map(partial(check, web), web.urls, limit=2)
