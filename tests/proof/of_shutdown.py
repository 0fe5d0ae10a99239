"""Proofs of `trio_patterns.shutdown`."""

from __future__ import annotations

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken, open_graceful_nursery


@proves("open_graceful_nursery")
class GracefulNurseryLosesNoItem(Proof):
    """A worker that is told to stop finishes its item, and gives the rest back, however hard the stop is."""

    within = 5.0

    def begin(self) -> None:
        self.queue = [1, 2, 3, 4]
        self.done: list[int] = []

    async def work(self, token: CancellationToken) -> None:
        while self.queue and not token.cancelled:
            item = self.queue.pop()
            try:
                await trio.sleep(1)
            except BaseException:
                self.queue.append(item)
                raise
            self.done.append(item)

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        async with open_graceful_nursery(grace_period=3, signals=(), token=token) as nursery:
            for _ in range(2):
                nursery.start_soon(self.work, nursery.token)

    def check(self) -> None:
        assert sorted(self.queue + self.done) == [1, 2, 3, 4]
