import trio

from trio_patterns.testing import explore

stock = {"tea": 5}
lock = trio.Lock()


async def sell() -> None:
    async with lock:  # without it, in some order one tea is sold to two
        left = stock["tea"]
        await trio.lowlevel.checkpoint()
        stock["tea"] = left - 1


async def program() -> None:
    stock["tea"] = 5
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sell)
        nursery.start_soon(sell)


report = explore(program, check=lambda: stock["tea"] == 3, strategy="exhaustive")
assert report.complete
