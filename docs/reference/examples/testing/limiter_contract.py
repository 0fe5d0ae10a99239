import trio

from trio_patterns.testing import limiter_contract


class CountingLimiter:
    def __init__(self, total: int) -> None:
        self.inner, self.taken = trio.CapacityLimiter(total), 0
        self.release_on_behalf_of = self.inner.release_on_behalf_of

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        await self.inner.acquire_on_behalf_of(borrower)
        self.taken += 1

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        self.inner.acquire_on_behalf_of_nowait(borrower)
        self.taken += 1


TestCountingLimiter = limiter_contract(CountingLimiter)  # pytest runs its 18 cases

TestCountingLimiter().test_a_waiter_cancelled_at_any_point_costs_no_token()
