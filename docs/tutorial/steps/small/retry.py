"""For the picture: two links, one of them busy."""

import trio

from ch5_retry import check
from small_web import Web


async def main() -> None:
    web = Web(pages=2, busy=["/1"])
    async with trio.open_nursery() as nursery:
        for url in web.urls:
            nursery.start_soon(check, web, url, name=url)
