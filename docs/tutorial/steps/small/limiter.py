"""For the picture: six tasks, and two of them at work."""

import trio

from ch3_limiter import check_into
from small_web import Web


async def main() -> None:
    web, limiter = Web(pages=6), trio.CapacityLimiter(2)
    async with trio.open_nursery() as nursery:
        for url in web.urls:
            nursery.start_soon(check_into, {}, web, url, limiter, name=url)
