"""Everything is tried again.

The `except` names what may pass by itself, and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock


async def get_price(ask: Callable[[], Awaitable[float]], last_known: float) -> float:
    for attempt in range(1, 4):
        try:
            return await ask()
        except ConnectionError as error:
            print(f"t={trio.current_time():.1f} attempt {attempt}: {type(error).__name__}")
        if attempt < 3:
            await trio.sleep(1)
    return last_known


async def main() -> None:
    async def wrong_password() -> float:
        raise PermissionError("wrong password")

    try:
        await get_price(wrong_password, 9.95)
    except PermissionError as error:
        print(f"t={trio.current_time():.1f} {error}")

    start = trio.current_time()

    async def slow_and_broken() -> float:
        await trio.sleep(1 if trio.current_time() - start > 1.5 else 0.3)
        raise ConnectionError("no route")

    with trio.move_on_after(3.1) as customer:
        price = await get_price(slow_and_broken, 9.95)
        print(f"t={trio.current_time():.1f} the price is {price}, and the customer has left")
    print(f"cancelled: {customer.cancelled_caught}")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
