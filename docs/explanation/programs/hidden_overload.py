"""Six jobs come in five seconds, and five are done: with a queue that may grow, and with one of fifty."""

import math

import trio

MINUTES = 50


async def run(max_buffer: float) -> None:
    send, receive = trio.open_memory_channel[float](max_buffer)
    behind = 0.0

    async def produce() -> None:
        nonlocal behind
        for number in range(MINUTES * 72):
            due = started + number / 1.2
            await trio.sleep_until(due)
            await send.send(trio.current_time())
            behind = trio.current_time() - due

    async def work() -> None:
        async for _ in receive:
            await trio.sleep(1)

    async def watch() -> None:
        for _ in range(5):
            await trio.sleep(MINUTES * 60 / 5 - 0.01)
            minutes = (trio.current_time() - started) / 60
            waiting = receive.statistics().current_buffer_used
            print(f"  {minutes:3.0f} min: {waiting:3} wait; the producer is {behind:3.0f} s behind its plan")
            await trio.sleep(0.01)
        nursery.cancel_scope.cancel()

    started = trio.current_time()
    with send, receive:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(produce)
            nursery.start_soon(work)
            nursery.start_soon(watch)


async def main() -> None:
    for max_buffer in (math.inf, 50):
        print(f"buffer: {max_buffer}")
        await run(max_buffer)


if __name__ == "__main__":
    trio.run(main)
