"""Proofs of `trio_patterns.backpressure`: calls for the items of a source."""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from tests.proof.proof import Account, Boom, Proof, proves
from trio_patterns.backpressure import bounded_map, bounded_outcomes
from trio_patterns.shutdown import CancellationToken


@proves("bounded_map")
class BoundedMapEndsItsCalls(Proof):
    """Whatever happens, no call is left running, the source is closed, and a result is whole or not there."""

    def begin(self) -> None:
        self.account = Account()
        self.result: list[int] | None = None

    async def program(self) -> None:
        self.result = await bounded_map(self.account.call, self.account.source(5), limit=2)

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.result in (None, [0, 1, 2, 3, 4])

    def whole(self) -> None:
        assert self.result == [0, 1, 2, 3, 4]


@proves("bounded_map")
class BoundedMapOfAList(BoundedMapEndsItsCalls):
    """The same from items at hand, which end in another order than they begin."""

    async def program(self) -> None:
        async def call(item: int) -> int:
            return int(await self.account.call(item, 2 - item % 3))

        self.result = await bounded_map(call, range(5), limit=2)


@proves("bounded_map")
class BoundedMapGivesTokensBack(BoundedMapEndsItsCalls):
    """A limiter of the caller's, and a source that was begun elsewhere and takes its time to clean up."""

    def begin(self) -> None:
        super().begin()
        self.limiter = trio.CapacityLimiter(2)

    async def source(self) -> AsyncIterator[int]:
        self.account.opened += 1
        try:
            for item in range(-1, 5):
                await trio.sleep(0.5)
                yield item
        finally:
            try:
                with trio.move_on_after(1, shield=True):
                    await trio.sleep(0.1)
            finally:
                self.account.closed += 1

    async def program(self) -> None:
        items = self.source()
        assert await anext(items) == -1
        self.result = await bounded_map(self.account.call, items, limit=self.limiter)

    def check(self) -> None:
        super().check()
        assert self.limiter.borrowed_tokens == 0
        assert self.limiter.statistics().tasks_waiting == 0


@proves("bounded_map")
class BoundedMapFailsAtOnce(Proof):
    """After a failure no call is begun, those in flight are awaited, and the source is closed."""

    def begin(self) -> None:
        self.account = Account()
        self.failed_at: float | None = None
        self.begun_then = 0

    async def call(self, item: int) -> None:
        await self.account.call(item, 1 if item == 2 else 3)
        if item == 2:
            self.begun_then = self.account.begun
            raise LookupError(item)

    async def program(self) -> None:
        try:
            await bounded_map(self.call, self.account.source(6), limit=3)
        except LookupError:
            self.failed_at = trio.current_time()

    def check(self) -> None:
        self.account.settled(limit=3)
        assert self.begun_then in (0, self.account.begun)

    def whole(self) -> None:
        assert self.failed_at == 1


@proves("bounded_outcomes")
class BoundedOutcomesEndsItsCalls(Proof):
    """The same with captured failures: a call that fails is a result like any other."""

    def begin(self) -> None:
        self.account = Account()
        self.values: list[int | str] = []

    async def fail_at_odd(self, item: int) -> int:
        await self.account.call(item)
        if item % 2:
            raise LookupError(item)
        return item

    async def program(self) -> None:
        for result in await bounded_outcomes(self.fail_at_odd, self.account.source(5), limit=2):
            try:
                self.values.append(result.unwrap())
            except (LookupError, Boom) as error:
                self.values.append(type(error).__name__)

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.values.count("Boom") <= 1
        whole = [0, "LookupError", 2, "LookupError", 4]
        assert not self.values or len(self.values) == len(whole)
        assert all(one in (other, "Boom") for one, other in zip(self.values, whole, strict=False))

    def whole(self) -> None:
        assert self.values == [0, "LookupError", 2, "LookupError", 4]


@proves("bounded_outcomes")
class OutcomesOfWhatWasBegun(Proof):
    """Told to stop, a source that ends lets the calls in flight run to their end: each has its outcome."""

    def begin(self) -> None:
        self.account = Account()
        self.results: int | None = None

    async def source(self, token: CancellationToken) -> AsyncIterator[int]:
        self.account.opened += 1
        try:
            for item in range(5):
                with token.scope():
                    await trio.sleep(0.5)
                if token.cancelled:
                    return
                yield item
        finally:
            self.account.closed += 1

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        outcomes = await bounded_outcomes(self.account.call, self.source(token), limit=2)
        self.results = len([outcome.unwrap() for outcome in outcomes])

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.results in (None, self.account.ended)

    def whole(self) -> None:
        assert self.results == 5
