"""One worker, jobs at random times and of random length: how long a job waits before it is begun."""

import random
from collections.abc import Iterator

import trio
import trio.testing

JOBS = 100_000


def arrivals(utilisation: float, jobs: int) -> Iterator[tuple[float, float]]:
    """Yield the pause before each job, and the seconds that it takes: 1 on average."""
    rng = random.Random(2026)
    for _ in range(jobs):
        yield rng.expovariate(utilisation), rng.expovariate(1.0)


def mean_wait(utilisation: float, jobs: int = JOBS) -> float:
    """Reckon it: a job waits for what is left of those before it."""
    total = left = 0.0
    for pause, seconds in arrivals(utilisation, jobs):
        left = max(0.0, left - pause)
        total += left
        left += seconds
    return total / jobs


async def measured_wait(utilisation: float, jobs: int) -> float:
    """Measure it, in virtual time, with tasks and a lock that is given first come, first served."""
    worker = trio.Lock()
    total = 0.0

    async def job(seconds: float) -> None:
        nonlocal total
        came = trio.current_time()
        async with worker:
            total += trio.current_time() - came
            await trio.sleep(seconds)

    async with trio.open_nursery() as nursery:
        for pause, seconds in arrivals(utilisation, jobs):
            await trio.sleep(pause)
            nursery.start_soon(job, seconds)
    return total / jobs


async def main() -> None:
    reckoned, measured = mean_wait(0.8, jobs=1000), await measured_wait(0.8, jobs=1000)
    print(f"80 %, 1000 jobs: reckoned {reckoned:.6f} s, measured with tasks {measured:.6f} s")
    print(f"{JOBS} jobs of 1 s on average:")
    for percent in (50, 80, 90, 95, 99):
        share = percent / 100
        wait, theory = mean_wait(share), share / (1 - share)
        print(f"  busy {percent} %: a job waits {wait:5.1f} s (theory: {theory:5.1f} s)")


if __name__ == "__main__":
    trio.run(main)
