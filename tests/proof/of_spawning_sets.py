"""Proofs of `trio_patterns.spawning`: join sets."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken
from trio_patterns.spawning import JoinSet, TaskCancelled, TaskHandle, open_join_set


class SetProof(Proof):
    """Tasks that fail or not, and a ledger: each handle comes out once, and no failure is dropped."""

    def begin(self) -> None:
        self.account = Account()
        self.tasks: JoinSet | None = None
        self.spawned = 0
        self.out: list[TaskHandle[Any]] = []
        self.raised: list[BaseException] = []
        self.arrived: list[BaseException] = []

    async def work(self, item: Any, seconds: float = 1.0, *, fails: bool = False) -> Any:
        await self.account.call(item, seconds)
        if fails:
            self.raised.append(LookupError(item))
            raise self.raised[-1]
        return item

    async def failing(self, item: Any, seconds: float = 1.0) -> None:
        await self.work(item, seconds, fails=True)

    def spawn(self, tasks: JoinSet, fn: Any, *args: Any) -> None:
        """Spawn, and drop the handle: what comes out of the set is the only way to it."""
        self.tasks = tasks
        tasks.spawn(fn, *args, name=str(args[0]))
        self.spawned += 1

    def take_what_is_there(self, tasks: JoinSet) -> None:
        with suppress(trio.WouldBlock):
            while (handle := tasks.join_next_nowait()) is not None:
                self.out.append(handle)

    def seen(self) -> set[int]:
        """Return which failures came out, on a handle or out of the block."""
        held = [handle.exception() for handle in self.out if not handle.cancelled]
        return {id(error) for error in [*held, *self.arrived]}

    def add_up(self, limit: int | None = None) -> None:
        self.account.settled(limit)
        if self.tasks is None:
            return
        # Before the rest is taken: what is in a set that has ended was collected by nobody.
        assert {id(error) for error in self.raised} <= self.seen(), "a failure was dropped"
        self.take_what_is_there(self.tasks)
        assert len(self.tasks) == 0
        assert len({id(handle) for handle in self.out}) == len(self.out) == self.spawned
        assert all(handle.done for handle in self.out)
        assert len(self.arrived) == len({id(error) for error in self.arrived})


@proves("open_join_set", "JoinSet")
class EveryHandleComesOutOnce(SetProof):
    """Collectors share a set, one loses patience: each handle comes once, and all hear of the end."""

    async def program(self) -> None:
        async with trio.open_nursery() as nursery, open_join_set() as tasks:
            for item, seconds in enumerate((1.0, 1.0, 2.0)):
                self.spawn(tasks, self.work, item, seconds)
            nursery.start_soon(self.collect, tasks)
            nursery.start_soon(self.collect, tasks)
            with trio.move_on_after(1):
                while (handle := await tasks.join_next()) is not None:
                    self.out.append(handle)

    async def collect(self, tasks: JoinSet) -> None:
        async for handle in tasks:
            self.out.append(handle)

    def check(self) -> None:
        self.add_up()

    def whole(self) -> None:
        assert sorted(handle.result() for handle in self.out) == [0, 1, 2]


@proves("open_join_set", "JoinSet")
class AnUncollectedFailureIsRaised(SetProof):
    """Of two failures, the one that nobody collected leaves the block; the other stays on its handle."""

    async def program(self) -> None:
        try:
            async with open_join_set() as tasks:
                self.spawn(tasks, self.failing, "a", 1.0)
                self.spawn(tasks, self.work, "b", 1.0)
                self.spawn(tasks, self.failing, "c", 2.0)
                handle = await tasks.join_next()
                assert handle is not None
                self.out.append(handle)
        except* LookupError as group:
            self.arrived += group.exceptions

    def check(self) -> None:
        self.add_up()

    def whole(self) -> None:
        assert len(self.raised) == 2
        assert len(self.arrived) in (1, 2)  # the first to end may have been b


@proves("open_join_set", "JoinSet")
class AFailureGoesBeforeTheCancellation(SetProof):
    """What a task raises in its cleanup is not dropped, whoever cancels it; it takes its place."""

    async def clumsy(self, item: str) -> None:
        try:
            await self.work(item, 3.0)
        except trio.Cancelled:
            self.raised.append(LookupError(item))
            raise self.raised[-1] from None

    async def program(self) -> None:
        try:
            async with open_join_set(limit=2) as tasks:
                self.spawn(tasks, self.clumsy, "a")
                self.spawn(tasks, self.work, "b", 1.0)
                self.spawn(tasks, self.clumsy, "c")
                await trio.sleep(2)
                tasks.cancel_all("enough")
        except* LookupError as group:
            self.arrived += group.exceptions
        await trio.lowlevel.checkpoint()  # a cancellation that gave way is raised again here

    def check(self) -> None:
        self.add_up(limit=2)

    def whole(self) -> None:
        assert len(self.arrived) == 2


@proves("open_join_set", "JoinSet")
class TheLimitHoldsAndIsGivenBack(SetProof):
    """Never more tasks at once than there are tokens; all of these come back; the turn is in order."""

    def begin(self) -> None:
        super().begin()
        self.limiter = trio.CapacityLimiter(2)
        self.started: list[int] = []

    async def ordered(self, item: int) -> int:
        self.started.append(item)
        await self.work(item)
        return item

    async def program(self) -> None:
        async with open_join_set(limit=self.limiter) as tasks:
            for item in range(4):
                self.spawn(tasks, self.ordered, item)
            # Not by join_all, whose results a cancellation would take along.
            async for handle in tasks:
                self.out.append(handle)

    def check(self) -> None:
        self.add_up(limit=2)
        assert self.limiter.borrowed_tokens == 0
        assert sorted(self.started) == list(range(len(self.started)))

    def whole(self) -> None:
        assert [handle.result() for handle in self.out[:2]] in ([0, 1], [1, 0])


@proves("open_join_set", "JoinSet")
class JoinAllStopsAtAFailure(SetProof):
    """All results in spawn order, or the failure and nothing left; a cancelled wait leaves all in the set."""

    def begin(self) -> None:
        super().begin()
        self.results: list[Any] | None = None

    async def join_all(self, tasks: JoinSet, *, leave: bool = False) -> list[Any] | None:
        count = len(tasks)
        try:
            return await tasks.join_all()
        except TaskCancelled:
            return None  # an injected error has ended the host of the tasks; it leaves with the block
        finally:
            if not len(tasks):
                self.spawned -= count  # they came out as a list, or as a failure
            elif (
                not leave
            ):  # cancelled: all are in the set yet; a failure among them would leave with the block
                self.take_what_is_there(tasks)

    async def program(self) -> None:
        async with open_join_set(limit=2) as tasks:
            for item in range(3):
                self.spawn(tasks, self.work, item)
            with trio.move_on_after(1.5):
                await self.join_all(tasks, leave=True)
            self.results = await self.join_all(tasks)
            for item in range(2):
                self.spawn(tasks, self.failing, item)
            self.spawn(tasks, self.work, "never")
            try:
                await self.join_all(tasks)
            except* LookupError as group:
                self.arrived += group.exceptions

    def check(self) -> None:
        assert self.results in (None, [0, 1, 2])
        self.add_up(limit=2)

    def whole(self) -> None:
        assert self.results == [0, 1, 2]
        assert len(self.arrived) >= 1
        assert self.account.begun in (5, 6)


@proves("open_join_set", "JoinSet")
class ATokenEndsTheWholeSet(SetProof):
    """A soft stop cancels what is left and collects it; what was spawned is out or in the set."""

    async def program(self) -> None:
        async with open_join_set(limit=1) as tasks:
            self.spawn(tasks, self.work, "first")
            self.spawn(tasks, self.work, "second")
            await trio.sleep(0.5)
            tasks.cancel_all("enough")
            self.spawn(tasks, self.work, "third")
            self.out += await tasks.shutdown()

    async def stopped(self, token: CancellationToken) -> None:
        async with open_join_set(limit=2) as tasks:
            for item in range(3):
                self.spawn(tasks, self.work, item)
            with token.scope():
                async for handle in tasks:
                    self.out.append(handle)
            self.out += await tasks.shutdown()

    def check(self) -> None:
        self.add_up(limit=2)

    def whole(self) -> None:
        assert len(self.out) == 3
        assert all(handle.cancelled for handle in self.out)
