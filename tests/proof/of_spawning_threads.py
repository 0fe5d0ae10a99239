"""Proofs of `trio_patterns.spawning`: work in threads. They know no virtual time, so no sleep is in here."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import offload, open_pinned_thread


class ThreadProof(Proof):
    """Work that is noted in the thread that does it, and again by the task that gets its value."""

    threads = True
    share = 0.4  # while a thread works, trio looks again and again, and each look is a point

    def begin(self) -> None:
        self.lock = threading.Lock()
        self.running = self.most = 0
        self.done: list[int] = []
        self.seen: list[int] = []
        self.workers: set[threading.Thread] = set()

    def work(self, item: int) -> int:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            self.workers.add(threading.current_thread())
        with self.lock:
            self.running -= 1
            self.done.append(item)
        return item

    def add_up(self) -> None:
        """Nothing runs, and whatever ran was waited for: its value has arrived."""
        assert self.running == 0
        assert sorted(self.done) == sorted(self.seen)
        assert len(set(self.done)) == len(self.done)


@proves("offload")
class AThreadIsWaitedFor(ThreadProof):
    """A call has not begun, or its value arrives; the limiter bounds it and gets its token back."""

    async def program(self) -> None:
        await self.stopped(CancellationToken())
        assert len(self.seen) == 4

    async def stopped(self, token: CancellationToken) -> None:
        self.limiter = trio.CapacityLimiter(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.calls, token, 0)
            nursery.start_soon(self.calls, token, 10)

    async def calls(self, token: CancellationToken, first: int) -> None:
        for item in range(first, first + 2):
            if not token.cancelled:
                self.seen.append(await offload(self.work, item, limiter=self.limiter))

    def check(self) -> None:
        self.add_up()
        assert self.most <= 1
        assert self.limiter.borrowed_tokens == 0


@proves("offload")
class AQueuedCallIsWithdrawn(ThreadProof):
    """A pool of one thread: what is queued in it when the caller is cancelled never runs, whatever comes."""

    def begin(self) -> None:
        super().begin()
        self.gate = threading.Event()
        self.cancelled = False
        self.late: list[int] = []

    def gated(self, item: int) -> int:
        if item == 0:
            self.gate.wait(10)
        elif self.cancelled:
            self.late.append(item)
        return self.work(item)

    async def program(self) -> None:
        self.limiter = trio.CapacityLimiter(2)
        with ThreadPoolExecutor(1) as pool:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.open_gate)
                for item in range(3):
                    await self.in_order()
                    nursery.start_soon(self.call, pool, item)
        assert len(self.seen) == 3

    async def in_order(self) -> None:
        """Let the call before be submitted, so that the first one is the one which holds the thread."""
        for _ in range(3):
            await trio.lowlevel.checkpoint()

    async def open_gate(self) -> None:
        try:
            await trio.sleep(1)
        except trio.Cancelled:
            self.cancelled = True  # all that wait have been told by now
            raise
        finally:
            self.gate.set()

    async def call(self, pool: ThreadPoolExecutor, item: int) -> None:
        self.seen.append(await offload(self.gated, item, executor=pool, limiter=self.limiter))

    def check(self) -> None:
        self.add_up()
        assert self.late == [], "a queued call has run although its caller was cancelled"
        assert self.limiter.borrowed_tokens == 0


@proves("offload")
class AnAbandonedCallKeepsItsToken(ThreadProof):
    """The caller goes on at once; the token comes back when the work has really ended, and not before."""

    def begin(self) -> None:
        super().begin()
        self.early = False
        self.back = True

    def gated(self, gate: threading.Event) -> int:
        with self.lock:
            self.running += 1
        gate.wait(10)
        with self.lock:
            self.running -= 1
        return 1

    async def program(self) -> None:
        limiter = trio.CapacityLimiter(1)
        gate = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.call, pool, limiter, gate)
                    await trio.testing.wait_all_tasks_blocked()
                    nursery.cancel_scope.cancel()
            finally:
                self.early = self.running > limiter.borrowed_tokens
                gate.set()
        for _ in range(1000):  # the end of the work is reported, but not yet seen by trio
            if limiter.borrowed_tokens:
                await trio.lowlevel.cancel_shielded_checkpoint()
        self.back = limiter.borrowed_tokens == 0

    async def call(
        self, pool: ThreadPoolExecutor, limiter: trio.CapacityLimiter, gate: threading.Event
    ) -> None:
        await offload(self.gated, gate, executor=pool, limiter=limiter, abandon_on_cancel=True)

    def check(self) -> None:
        assert not self.early, "the token came back while the work went on"
        assert self.back, "the token did not come back"


@proves("open_pinned_thread", "PinnedThread")
class ThePinnedThreadEnds(ThreadProof):
    """Every call runs on one thread, in order, or not at all; with the block the thread is over."""

    async def program(self) -> None:
        await self.stopped(CancellationToken())
        assert len(self.seen) == 4

    async def stopped(self, token: CancellationToken) -> None:
        self.order: list[int] = []
        async with open_pinned_thread("proof") as pinned, trio.open_nursery() as nursery:
            nursery.start_soon(self.calls, pinned, token, 0)
            nursery.start_soon(self.calls, pinned, token, 10)

    async def calls(self, pinned: Any, token: CancellationToken, first: int) -> None:
        for item in range(first, first + 2):
            if not token.cancelled:
                self.order.append(item)
                self.seen.append(await pinned.run(self.work, item))

    def check(self) -> None:
        self.add_up()
        assert self.done == [item for item in self.order if item in self.done]
        assert len(self.workers) <= 1
        assert not any(thread.is_alive() for thread in self.workers)
