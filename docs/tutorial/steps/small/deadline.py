"""For the picture: six links, two at once, and half a second for all of them."""

from functools import partial

import trio
from trio_patterns.backpressure import bounded_map

from ch4_deadline import check_into
from small_web import Web


async def main() -> None:
    web = Web(pages=6)
    with trio.move_on_after(0.5):
        await bounded_map(partial(check_into, {}, web), web.urls, limit=2)
