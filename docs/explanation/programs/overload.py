"""Two jobs a second for a minute, and one worker that does one a second: wait, shed, or drop."""

import random
from collections.abc import Awaitable, Callable

import trio

from trio_patterns.backpressure import open_overflow_channel, open_worker_pool

Job = tuple[int, float]  # number, when it came up
ages: list[float] = []


async def work(job: Job) -> None:
    await trio.sleep(1)
    ages.append(trio.current_time() - job[1])


async def produce(hand_over: Callable[[Job], Awaitable[None]]) -> None:
    rng = random.Random(3)
    due = trio.current_time()
    for number in range(120):
        due += rng.expovariate(2)
        await trio.sleep_until(due)
        await hand_over((number, due))


async def wait() -> str:
    async with open_worker_pool(work, workers=1, buffer=5) as pool:
        await produce(pool.submit)
    return f"producer waited {pool.statistics().seconds_waited:.0f} s"


async def shed() -> str:
    refused = 0
    async with open_worker_pool(work, workers=1, buffer=5) as pool:

        async def submit_or_refuse(job: Job) -> None:
            nonlocal refused
            try:
                pool.submit_nowait(job)
            except trio.WouldBlock:
                refused += 1  # answer "503, try again later", at once

        await produce(submit_or_refuse)
    return f"{refused} refused at once"


async def drop_oldest() -> str:
    send, receive = open_overflow_channel[Job](5)

    async def worker() -> None:
        async for job in receive:
            await work(job)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker)
        with send:
            await produce(send.send)
    return f"{send.dropped} dropped"


async def main() -> None:
    for policy in (wait, shed, drop_oldest):
        ages.clear()
        started = trio.current_time()
        what = await policy()
        seconds = trio.current_time() - started
        done, oldest = f"{len(ages):3} done in {seconds:3.0f} s", f"oldest {max(ages):4.1f} s"
        print(f"{policy.__name__:11} {done}, {oldest}; {what}")


if __name__ == "__main__":
    trio.run(main)
