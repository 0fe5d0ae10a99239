"""Proofs of `trio_patterns.testing`: what of it runs inside a program."""

from __future__ import annotations

import pytest
import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.testing import MarbleFailure, check_marbles, fail_when_stalled


@proves("fail_when_stalled")
class ATimeoutIsNoStandstill(Proof):
    """Waiting for time or for tasks is no standstill; after the block nobody watches any more."""

    def begin(self) -> None:
        self.account = Account()

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        event = trio.Event()
        watched = fail_when_stalled()
        try:
            with watched:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self.wait, event)
                    nursery.start_soon(self.wait, event)
                    with token.scope(), trio.move_on_after(1):
                        await event.wait()
                    with trio.CancelScope(shield=True):
                        await self.account.call("shielded", 0.5)
                    event.set()
        finally:
            with pytest.raises(KeyError):
                trio.lowlevel.remove_instrument(watched._watch)

    async def wait(self, event: trio.Event) -> None:
        with trio.move_on_after(2):
            await event.wait()
        await self.account.call(None)

    def check(self) -> None:
        self.account.settled()


@proves("check_marbles")
class MarblesAwaitWhatTheyCheck(Proof):
    """Whatever becomes of the check, the calls of the stream have ended, and its strings are no less true."""

    within = 40.0  # it watches for ten seconds more than the strings take

    def begin(self) -> None:
        self.account = Account()
        self.passed = self.failed = 0

    async def program(self) -> None:
        await check_marbles("ab-c|", lambda s: s.map(self.account.call, limit=2), "-ab-(c|)")
        self.passed += 1
        try:
            await check_marbles("a-|", lambda s: s.map(self.account.call), "a-|")
        except MarbleFailure:
            self.failed += 1

    async def stopped(self, token: CancellationToken) -> None:
        async def check() -> None:
            await check_marbles(("a-|", "-b"), lambda s, t: s.merge(t).on_each(self.account.call), "-ab")
            self.passed += 1

        await token.run_until_cancelled(check)

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.failed <= self.passed <= 1

    def whole(self) -> None:
        assert (self.passed, self.failed) == (1, 1)
