"""Three philosophers, three forks; each takes the one with the lower number first."""

import trio

from trio_patterns.testing import explore

forks: list[trio.Lock] = []


async def philosopher(seat: int) -> None:
    first, second = sorted([seat, (seat + 1) % 3])
    async with forks[first]:
        async with forks[second]:
            await trio.lowlevel.checkpoint()  # eats


async def dinner() -> None:
    forks[:] = [trio.Lock() for _ in range(3)]
    async with trio.open_nursery() as nursery:
        for seat in range(3):
            nursery.start_soon(philosopher, seat)


def test_dinner() -> None:
    print(explore(dinner, strategy="exhaustive", schedules=1000))
