"""Proofs of `trio_patterns.spawning`: the first of several functions."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import race, select


@proves("race")
class RaceAwaitsItsLosers(Proof):
    """One wins, the losers are over when it returns, and each starts when its turn comes."""

    def begin(self) -> None:
        self.account = Account()
        self.winners: list[Any] = []
        self.cut_off = 0

    async def fail(self) -> Any:
        await self.account.call(None, 1.0)
        raise LookupError

    async def lose(self) -> Any:
        try:
            return await self.account.call("late", 5.0)
        except trio.Cancelled:
            self.cut_off += 1
            raise
        finally:
            with trio.CancelScope(shield=True):
                await self.account.call("cleanup", 0.5)

    async def program(self) -> None:
        begun = trio.current_time()
        self.winners.append(
            await race(self.fail, self.lose, partial(self.account.call, "won", 2.0), stagger=1.5)
        )
        self.seconds = trio.current_time() - begun
        self.account.settled()

    async def stopped(self, token: CancellationToken) -> None:
        await token.run_until_cancelled(race, self.lose, partial(self.account.call, "won", 2.0))
        self.account.settled()

    def check(self) -> None:
        self.account.settled(limit=3)
        assert self.winners in ([], ["won"], ["late"])

    def whole(self) -> None:
        assert self.winners == ["won"]
        assert (self.account.begun, self.cut_off) == (4, 1)
        # A failure after 1 s, then 1.5 s of head start, 2 s of work, 0.5 s of a loser's cleanup.
        assert self.seconds == 5.0


@proves("race")
class EveryFailureOfALostRaceArrives(Proof):
    """If all fail, all failures arrive, in argument order."""

    def begin(self) -> None:
        self.account = Account()
        self.arrived: list[Any] = []

    async def fail(self, number: int, seconds: float) -> None:
        await self.account.call(number, seconds)
        raise LookupError(number)

    async def program(self) -> None:
        try:
            await race(partial(self.fail, 0, 2.0), partial(self.fail, 1, 1.0), partial(self.fail, 2, 1.0))
        except ExceptionGroup as group:
            self.arrived += [exc.args[0] for exc in group.exceptions]

    def check(self) -> None:
        self.account.settled()
        assert self.arrived in ([], [0, 1, 2])

    def whole(self) -> None:
        assert self.arrived == [0, 1, 2]


@proves("select", "Selected")
class SelectLosesNoItem(Proof):
    """What a branch received is in ``value`` or ``others``; only the caller's cancellation can lose it."""

    def begin(self) -> None:
        self.account = Account()
        self.sent: list[str] = []
        self.got: list[str] = []
        self.left: list[str] = []
        self.whole_run = False

    async def send(self, channel: trio.MemorySendChannel[str], items: str, every: float) -> None:
        for item in items:
            await trio.sleep(every)
            await channel.send(item)
            self.sent.append(item)

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        send_a, a = trio.open_memory_channel[str](3)
        send_b, b = trio.open_memory_channel[str](0)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.send, send_a, "abc", 1.0)
                nursery.start_soon(self.send, send_b, "xy", 1.0)
                while len(self.got) < 5:
                    chosen = await select(stop=token.wait, a=a.receive, b=b.receive)
                    self.got += [chosen.value] if chosen.name != "stop" else []
                    self.got += [value for name, value in chosen.others.items() if name != "stop"]
                    if chosen.name == "stop":
                        nursery.cancel_scope.cancel()
                        break
            self.whole_run = True
        finally:
            for channel in (a, b):
                with suppress(trio.WouldBlock):
                    while True:
                        self.left.append(channel.receive_nowait())

    def check(self) -> None:
        assert len(set(self.got + self.left)) == len(self.got + self.left)
        for items in ("abc", "xy"):
            mine = [item for item in self.got + self.left if item in items]
            assert mine == sorted(mine)
        missing = set(self.sent) - set(self.got + self.left)
        assert len(missing) <= (0 if self.whole_run else 2), missing

    def whole(self) -> None:
        assert sorted(self.got) == ["a", "b", "c", "x", "y"]


@proves("select")
class NoFailureOfABranchIsDropped(Proof):
    """Every branch that failed is in what select raises, and every other was awaited."""

    def begin(self) -> None:
        self.account = Account()
        self.raised: list[BaseException] = []
        self.arrived: list[BaseException] = []

    async def fail(self) -> None:
        await self.account.call(None, 1.0)
        self.raised.append(LookupError())
        raise self.raised[-1]

    async def clean_up(self) -> None:
        try:
            await self.account.call(None, 5.0)
        finally:
            with trio.CancelScope(shield=True):
                await self.account.call(None, 0.5)

    async def program(self) -> None:
        try:
            await select(a=self.fail, b=self.clean_up, c=self.fail, d=partial(trio.sleep, 1))
        except* LookupError as group:
            self.arrived += group.exceptions
        self.account.settled()

    def check(self) -> None:
        self.account.settled()
        assert sorted(map(id, self.arrived)) == sorted(map(id, self.raised))
