"""The loop that hears too late.

Only the pause may be interrupted: `run_until_cancelled` does that, and the report stands outside of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

from trio_patterns.shutdown import CancellationToken


async def report_loop(send: Callable[[], Awaitable[None]], token: CancellationToken) -> int:
    sent = 0
    due = trio.current_time()
    while not token.cancelled:
        await send()
        sent += 1
        due += 60
        await token.run_until_cancelled(trio.sleep_until, due)
    return sent


async def main() -> None:
    token = CancellationToken()

    async def send() -> None:
        print(f"t={trio.current_time():.1f} a report begins")
        await trio.sleep(2)
        print(f"t={trio.current_time():.1f} it is sent")

    async def stop() -> None:
        await trio.sleep(10)
        token.cancel("deploy")
        print(f"t={trio.current_time():.1f} stop, please")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop)
        sent = await report_loop(send, token)
    print(f"t={trio.current_time():.1f} the loop has ended, {sent} sent")


if __name__ == "__main__":
    trio.run(main, clock=MockClock(autojump_threshold=0))
