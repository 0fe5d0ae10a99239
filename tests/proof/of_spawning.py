"""Proofs of `trio_patterns.spawning`: single tasks, and a few functions at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import trio

from tests.proof.of_spawning_sets import SetProof
from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import JoinSet, TaskHandle, gather, open_join_set, spawn


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


@proves("TaskHandle", "JoinSet")
class OneOfASetIsCancelledAlone(SetProof):
    """A handle that was kept ends its task, running or queued, and no other, and comes out of the set."""

    def begin(self) -> None:
        super().begin()
        self.kept: list[TaskHandle[Any]] = []

    async def program(self) -> None:
        async with open_join_set(limit=2) as self.tasks, trio.open_nursery() as nursery:
            for item in range(4):
                self.kept.append(self.tasks.spawn(self.work, item, 1.0))
                self.spawned += 1
            nursery.start_soon(self.take, self.tasks)
            nursery.start_soon(self.take, self.tasks)
            await trio.sleep(0.5)
            self.kept[1].cancel("running")
            self.kept[3].cancel("queued")

    async def take(self, tasks: JoinSet) -> None:
        with trio.move_on_after(1):
            while (handle := await tasks.join_next()) is not None:
                self.out.append(handle)

    def check(self) -> None:
        self.add_up(limit=2)
        assert {id(handle) for handle in self.out} == {id(handle) for handle in self.kept}

    def whole(self) -> None:
        assert [handle.cancelled for handle in self.kept] == [False, True, False, True]
        assert self.account.begun == 3
