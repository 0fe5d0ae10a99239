"""Proofs of `trio_patterns.shutdown`: cancellation tokens."""

from __future__ import annotations

import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken


@proves("CancellationToken")
class EverybodyIsToldOnce(Proof):
    """Who waits for a token, or for a child of it, is told once; who leaves before is forgotten."""

    def begin(self) -> None:
        self.token = CancellationToken()
        self.child = self.token.child()
        self.told: list[str] = []
        self.entered = False

    async def wait(self, name: str, token: CancellationToken) -> None:
        await token.wait()
        self.told.append(name)

    async def stand_in_a_scope(self, name: str, token: CancellationToken) -> None:
        with token.scope() as scope:
            await trio.sleep_forever()
        assert scope.cancelled_caught
        self.told.append(name)

    async def run(self, name: str, token: CancellationToken) -> None:
        if await token.run_until_cancelled(trio.sleep, 9, default="told") == "told":
            self.told.append(name)

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.wait, "waiter", self.token)
            nursery.start_soon(self.wait, "child's waiter", self.child)
            nursery.start_soon(self.stand_in_a_scope, "scope", self.child)
            nursery.start_soon(self.run, "runner", self.child)
            with trio.move_on_after(0.5):
                await self.child.wait()
            with self.token.cancel_on_exit("left"):
                self.entered = True
                with token.scope():
                    await trio.sleep(1)

    def check(self) -> None:
        assert len(set(self.told)) == len(self.told)
        assert not self.token._callbacks, "a waiter is still registered"
        assert not self.child._callbacks, "a waiter is still registered"
        assert self.token.cancelled == self.child.cancelled == self.entered
        if self.entered:
            assert (self.token.reason, self.child.reason) == ("left", "left")
        else:
            assert self.told == []

    def whole(self) -> None:
        assert sorted(self.told) == ["child's waiter", "runner", "scope", "waiter"]


@proves("CancellationToken")
class RunUntilCancelledLosesNoItem(Proof):
    """An item that was received is returned, also if the token, or all of it, is cancelled at that moment."""

    def begin(self) -> None:
        self.got: list[int] = []
        self.sent: list[int] = []
        self.left: list[int] = []

    async def program(self) -> None:
        token = CancellationToken()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.stopped, token)
            await trio.sleep(2)
            token.cancel("enough")

    async def stopped(self, token: CancellationToken) -> None:
        send, receive = trio.open_memory_channel[int](1)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.send, send, token.child())
                while (item := await token.run_until_cancelled(receive.receive)) is not None:
                    self.got.append(item)
                    if item == 4:
                        break
        finally:
            if receive.statistics().current_buffer_used:
                self.left.append(receive.receive_nowait())

    async def send(self, channel: trio.MemorySendChannel[int], token: CancellationToken) -> None:
        with token.scope():
            for item in range(1, 5):
                await trio.sleep(1)
                await channel.send(item)
                self.sent.append(item)

    def check(self) -> None:
        # The sender may be cancelled when its item has been taken already, and so not know that it was.
        arrived = self.got + self.left
        assert arrived == list(range(1, len(arrived) + 1))
        assert len(self.sent) <= len(arrived) <= len(self.sent) + 1


@proves("CancellationToken")
class AChildIsCancelledAlone(Proof):
    """A child's end leaves its parent and its sister alone; work that may not be cut is not cut."""

    def begin(self) -> None:
        self.account = Account()
        self.parent = CancellationToken()
        self.begun = self.whole_units = 0

    async def work(self, token: CancellationToken) -> None:
        while not token.cancelled:
            await token.run_until_cancelled(trio.sleep, 1)
            if not token.cancelled:
                self.begun += 1
                await self.account.call("unit", 0.5)
                self.whole_units += 1

    async def program(self) -> None:
        await self.stopped(self.parent)

    async def stopped(self, token: CancellationToken) -> None:
        one, other = token.child(), token.child()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.work, one)
            nursery.start_soon(self.work, other)
            await trio.sleep(2)
            one.cancel()
            assert token.cancelled or not other.cancelled
            await trio.sleep(1.8)
            other.cancel()

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.begun - self.whole_units <= 2

    def whole(self) -> None:
        assert self.begun == self.whole_units == 3
        assert not self.parent.cancelled
