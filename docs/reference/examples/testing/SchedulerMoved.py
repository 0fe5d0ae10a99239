import pytest
import trio

from trio_patterns.testing import SchedulerMoved, explore


async def program() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 1)
        nursery.start_soon(trio.sleep, 1)


def test_in_every_order() -> None:
    try:
        explore(program)
    except SchedulerMoved as moved:
        pytest.skip(str(moved))  # a trio newer than those that this library knows


# ---
test_in_every_order()
