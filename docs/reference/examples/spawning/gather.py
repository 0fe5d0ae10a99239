from functools import partial

import trio

from trio_patterns.spawning import gather


async def load_user(key: int) -> str:
    await trio.sleep(2)
    return f"user {key}"


async def load_orders(key: int) -> list[str]:
    await trio.sleep(3)
    return ["tea", "milk"]


async def main() -> None:
    user, orders = await gather(partial(load_user, 7), partial(load_orders, 7))
    assert (user, orders) == ("user 7", ["tea", "milk"])
    assert trio.current_time() == 3  # and not 5


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
