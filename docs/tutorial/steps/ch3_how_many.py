"""How many at once? Measured."""

import trio
from trio_patterns.backpressure import bounded_map

from small_web import Web


async def measure(limit: int) -> str:
    web = Web(max_connections=20)
    start = trio.current_time()
    try:
        await bounded_map(web.get, web.urls, limit=limit)
    except ConnectionError as error:
        return f"{error}, after {web.requests} requests"
    seconds = trio.current_time() - start
    return f"{seconds:4.1f} s {len(web.urls) / seconds:5.0f} a second"


async def main() -> None:
    for limit in [1, 2, 5, 10, 20, 25]:
        print(f"{limit:2} at once: {await measure(limit)}")


if __name__ == "__main__":
    trio.run(main)
