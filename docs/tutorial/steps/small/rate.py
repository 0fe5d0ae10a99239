"""For the picture: six links, five a second."""

import trio
from trio_patterns.backpressure import RateLimiter

from ch5_rate import check
from small_web import Web


async def main() -> None:
    web, rate = Web(pages=6), RateLimiter(5, per=1.0)
    async with trio.open_nursery() as nursery:
        for url in web.urls:
            nursery.start_soon(check, web, rate, url, name=url)
