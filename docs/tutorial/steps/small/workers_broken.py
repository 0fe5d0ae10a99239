"""For the picture: three workers and seven pages."""

from collections import deque

import trio

from ch6_workers_broken import worker
from small_web import Web


async def main() -> None:
    web, queue, known = Web(pages=7), deque(["/"]), {"/"}
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(worker, web, queue, known, name=f"worker {number}")
