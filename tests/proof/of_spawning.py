"""Proofs of `trio_patterns.spawning`: single tasks and a few functions at once."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import TaskHandle, gather, race, select, spawn


@proves("spawn", "TaskHandle")
class HandlesKnowHowTheirTasksEnded(Proof):
    """A handle ends up with a value, a failure or a cancellation, the same for all who join."""

    def begin(self) -> None:
        self.account = Account()
        self.handles: list[TaskHandle[Any]] = []
        self.joined: list[Any] = []

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            slow = spawn(nursery, self.account.call, "slow", 2.0)
            doomed = spawn(nursery, self.account.call, "doomed", 9.0)
            self.handles += [slow, doomed]
            nursery.start_soon(self.join, slow)
            nursery.start_soon(self.join, slow)
            await trio.sleep(1)
            doomed.cancel("enough")

    async def join(self, handle: TaskHandle[Any]) -> None:
        self.joined.append(await handle.join())

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as nursery:
            handle = spawn(nursery, self.account.call, "stopped", 3.0)
            self.handles.append(handle)
            await token.run_until_cancelled(handle.join)
            handle.cancel("stopped")

    def check(self) -> None:
        self.account.settled()
        assert all(handle.done for handle in self.handles)
        for handle in self.handles:
            if not handle.cancelled and handle.exception() is None:
                assert handle.result() == handle.name or handle.result() in ("slow", "stopped")
        assert self.joined in ([], ["slow"], ["slow", "slow"])

    def whole(self) -> None:
        slow, doomed = self.handles
        assert (slow.result(), doomed.cancelled, self.joined) == ("slow", True, ["slow", "slow"])


@proves("spawn")
class AFailureArrivesOnce(Proof):
    """What a spawned task raises leaves the nursery, exactly once, and is on the handle too."""

    def begin(self) -> None:
        self.account = Account()
        self.raised: list[Exception] = []
        self.arrived: list[BaseException] = []
        self.handles: list[TaskHandle[Any]] = []

    async def fail(self, seconds: float) -> None:
        await self.account.call("failing", seconds)
        self.raised.append(LookupError(seconds))
        raise self.raised[-1]

    async def program(self) -> None:
        try:
            async with trio.open_nursery() as nursery:
                self.handles += [spawn(nursery, self.fail, 1.0), spawn(nursery, self.fail, 1.0)]
                nursery.start_soon(self.account.call, "sibling", 5.0)
        except* LookupError as group:
            self.arrived += group.exceptions

    def check(self) -> None:
        self.account.settled()
        assert sorted(map(id, self.arrived)) == sorted(map(id, self.raised))
        kept = [handle.exception() for handle in self.handles if not handle.cancelled]
        assert {id(error) for error in self.raised} <= {id(error) for error in kept}

    def whole(self) -> None:
        assert self.raised


@proves("gather")
class GatherGivesAllOrAwaitsAll(Proof):
    """The results are all there, in argument order, or no function runs any more."""

    def begin(self) -> None:
        self.account = Account()
        self.results: list[Any] = []
        self.failures: list[Any] = []

    async def fail(self) -> None:
        await self.account.call(None, 2.0)
        raise LookupError

    async def program(self) -> None:
        call = self.account.call
        self.results += await gather(partial(call, "a", 2.0), partial(call, "b", 1.0), partial(call, "c"))
        try:
            await gather(self.fail, partial(call, "x", 3.0))
        except LookupError as exc:
            self.failures.append(exc)

    async def stopped(self, token: CancellationToken) -> None:
        calls = [partial(self.account.call, name, 2.0) for name in "ab"]
        self.results += await token.run_until_cancelled(gather, *calls, default=())

    def check(self) -> None:
        self.account.settled()
        assert self.results in ([], ["a", "b", "c"], ["a", "b"])

    def whole(self) -> None:
        assert self.results == ["a", "b", "c"]
        assert len(self.failures) == 1


@proves("race")
class RaceAwaitsItsLosers(Proof):
    """One wins, the losers are over when it returns, and whoever had no head start left has started."""

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
        self.winners.append(
            await race(self.fail, self.lose, partial(self.account.call, "won", 2.0), stagger=1.5)
        )
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
