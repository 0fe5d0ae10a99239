"""The loop that hears too late.

Every minute a report is sent, which takes 2 s.
A token says when to stop: the loop looks at it before each report.
The program is stopped at 10 s, in a pause.

Mend `report_loop`: a report that has begun is finished, a pause is not.
After the stop no report begins.
A report begins every 60 s, counted from the beginning of the one before.

Before you run it: when does the loop end?
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from trio.testing import MockClock

from trio_patterns.shutdown import CancellationToken


async def report_loop(send: Callable[[], Awaitable[None]], token: CancellationToken) -> int:
    sent = 0
    while not token.cancelled:
        await send()
        sent += 1
        await trio.sleep(60)
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
