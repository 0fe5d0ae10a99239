"""Three philosophers, three forks; each takes the left one first."""

import trio

from trio_patterns.testing import explore

forks: list[trio.Lock] = []


async def philosopher(seat: int) -> None:
    async with forks[seat]:
        async with forks[(seat + 1) % 3]:
            await trio.lowlevel.checkpoint()  # eats


async def dinner() -> None:
    forks[:] = [trio.Lock() for _ in range(3)]
    async with trio.open_nursery() as nursery:
        for seat in range(3):
            nursery.start_soon(philosopher, seat)


def test_dinner() -> None:
    explore(dinner)
