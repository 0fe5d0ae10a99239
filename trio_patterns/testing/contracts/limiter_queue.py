"""The cases of `limiter_contract` about waiting: who is served, and what a cancelled waiter costs."""

from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

from .base import ensure, raising
from .limiter_cases import Gate, LimiterCases, free_tokens

__all__ = ["WaitingForTokens"]


class WaitingForTokens(LimiterCases):
    """When all tokens are out."""

    def test_never_more_tokens_are_out_than_there_are(self) -> None:
        """Nor fewer, as long as somebody waits: measured at 1, 3 and 10."""

        async def case() -> None:
            for total in (1, 3, 10):
                gate = Gate()
                limiter = self.factory(total)
                begun = trio.current_time()
                async with trio.open_nursery() as nursery:
                    for _ in range(3 * total):
                        nursery.start_soon(gate.stay_with, limiter)
                ensure(gate.most <= total, f"of {total} tokens no more are out", f"{gate.most} were")
                took = trio.current_time() - begun
                ensure(
                    took == 3.0,
                    "a token that comes back goes to a waiter at once",
                    f"it took {took} s, not 3",
                )

        self._run(case)

    def test_in_every_order_of_tasks(self) -> None:
        """The same where tasks are ready at the same time, and each is served in the end."""

        async def case() -> None:
            gate = Gate()
            limiter = self.factory(2)
            async with trio.open_nursery() as nursery:
                for _ in range(6):
                    nursery.start_soon(gate.stay_with, limiter, 0)
            ensure(gate.passed == 6, "everybody is served")
            ensure(gate.most <= 2, "of 2 tokens no more are out", f"{gate.most} were")
            ensure(free_tokens(limiter, most=3) == 2, "when all is done, all tokens are back")

        self._explore(case)

    def test_first_come_first_served(self) -> None:
        """Waiters get a token in the order in which they asked."""

        async def case() -> None:
            limiter = self.factory(1)
            order: list[int] = []

            async def wait(n: int) -> None:
                await limiter.acquire_on_behalf_of(n)
                order.append(n)
                limiter.release_on_behalf_of(n)

            await limiter.acquire_on_behalf_of("first")
            async with trio.open_nursery() as nursery:
                for n in range(8):
                    nursery.start_soon(wait, n)
                    await wait_all_tasks_blocked()
                ensure(order == [], "who waits has no token", order)
                limiter.release_on_behalf_of("first")
            ensure(order == list(range(8)), "waiters are served first come, first served", order)

        self._run(case)

    def test_a_token_that_comes_back_wakes_one_waiter(self) -> None:
        """The others wait on."""

        async def case() -> None:
            limiter = self.factory(2)
            served: list[int] = []

            async def wait(n: int) -> None:
                await limiter.acquire_on_behalf_of(n)
                served.append(n)

            limiter.acquire_on_behalf_of_nowait("a")
            limiter.acquire_on_behalf_of_nowait("b")
            async with trio.open_nursery() as nursery:
                for n in range(4):
                    nursery.start_soon(wait, n)
                    await wait_all_tasks_blocked()
                limiter.release_on_behalf_of("a")
                await wait_all_tasks_blocked()
                ensure(len(served) == 1, "one token that comes back serves one waiter", f"served: {served}")
                nursery.cancel_scope.cancel()

        self._run(case)

    def test_nowait_does_not_overtake(self) -> None:
        """A token that comes back belongs to the waiter, even before that has run."""

        async def case() -> None:
            limiter = self.factory(1)
            limiter.acquire_on_behalf_of_nowait("first")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(limiter.acquire_on_behalf_of, "waiter")
                await wait_all_tasks_blocked()
                limiter.release_on_behalf_of("first")
                with raising(trio.WouldBlock, "acquire_on_behalf_of_nowait does not overtake a waiter"):
                    limiter.acquire_on_behalf_of_nowait("late")
            limiter.release_on_behalf_of("waiter")

        self._run(case)

    def test_a_cancelled_waiter_leaves_the_queue(self) -> None:
        """Those behind it move up."""

        async def case() -> None:
            limiter = self.factory(1)
            gave_up, served = trio.CancelScope(), trio.Event()

            async def give_up() -> None:
                with gave_up:
                    await limiter.acquire_on_behalf_of("gives up")

            async def wait() -> None:
                await limiter.acquire_on_behalf_of("waits on")
                served.set()

            limiter.acquire_on_behalf_of_nowait("first")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(give_up)
                await wait_all_tasks_blocked()
                nursery.start_soon(wait)
                await wait_all_tasks_blocked()
                gave_up.cancel()
                await wait_all_tasks_blocked()
                ensure(not served.is_set(), "a cancelled waiter hands on no token that it does not have")
                limiter.release_on_behalf_of("first")
                await wait_all_tasks_blocked()
                ensure(served.is_set(), "a cancelled waiter does not hold up those behind it")
            limiter.release_on_behalf_of("waits on")

        self._run(case)

    def test_a_waiter_cancelled_at_any_point_costs_no_token(self) -> None:
        """Cancelled at every point, in the moment too in which it gets one."""

        async def program() -> None:
            limiter = self.factory(2)
            gate = Gate()
            try:
                async with trio.open_nursery() as nursery:
                    for n in range(6):
                        nursery.start_soon(gate.stay_with, limiter, n % 3)
            finally:
                found = free_tokens(limiter, most=3)
                ensure(
                    found == 2, "a waiter that is cancelled costs no token", f"of 2 tokens {found} are back"
                )

        self._sweep(program)
