"""Little's law, measured: who is inside = how many come in a second * how long each stays."""

import random

import trio

HOURS = 10


class Shop:
    """Counts who is inside, and for how many seconds: the area below that curve."""

    def __init__(self) -> None:
        self.inside = 0
        self.area = 0.0
        self._changed = trio.current_time()

    def change(self, by: int) -> None:
        now = trio.current_time()
        self.area += self.inside * (now - self._changed)
        self.inside, self._changed = self.inside + by, now


async def one_day(rate: float) -> None:
    rng = random.Random(7)  # a seed, so that every run prints the same
    shop = Shop()
    stays: list[float] = []

    async def customer(stay: float) -> None:
        shop.change(+1)
        await trio.sleep(stay)
        shop.change(-1)
        stays.append(stay)

    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        while trio.current_time() - started < HOURS * 60:  # minutes, each of them a second here
            nursery.start_soon(customer, rng.uniform(1, 9))
            await trio.sleep(rng.expovariate(rate))
    seconds = trio.current_time() - started

    came, stay = len(stays) / seconds, sum(stays) / len(stays)
    print(f"{came:.3f}/min * {stay:.2f} min = {came * stay:.3f}   counted: {shop.area / seconds:.3f}")


async def main() -> None:
    for rate in (0.5, 1.0, 2.0):
        await one_day(rate)


if __name__ == "__main__":
    trio.run(main)
