"""Proofs of `trio_patterns.backpressure`."""

from __future__ import annotations

from tests.proof.proof import Account, Proof, proves
from trio_patterns.backpressure import bounded_map, bounded_outcomes


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


@proves("bounded_outcomes")
class BoundedOutcomesEndsItsCalls(Proof):
    """The same with captured failures: a call that fails is a result like any other."""

    def begin(self) -> None:
        self.account = Account()
        self.values: list[int | None] = []

    async def fail_at_odd(self, item: int) -> int:
        await self.account.call(item)
        if item % 2:
            raise LookupError(item)
        return item

    async def program(self) -> None:
        for outcome in await bounded_outcomes(self.fail_at_odd, self.account.source(5), limit=2):
            try:
                self.values.append(outcome.unwrap())
            except LookupError:
                self.values.append(None)

    def check(self) -> None:
        self.account.settled(limit=2)
        assert self.values == [0, None, 2, None, 4][: len(self.values)]

    def whole(self) -> None:
        assert self.values == [0, None, 2, None, 4]
