"""The cases of `limiter_contract` that pass the limiter as ``limit=``."""

from __future__ import annotations

import trio

from ...backpressure import bounded_map
from ...streams import stream
from .base import ensure, raising
from .limiter_cases import Gate, LimiterCases, free_tokens

__all__ = ["UseOfTokens"]


class UseOfTokens(LimiterCases):
    """As ``limit=`` of the library's own calls."""

    def test_it_limits_bounded_map(self) -> None:
        """As many calls at once as tokens, and all are back at the end."""

        async def case() -> None:
            limiter = self.factory(3)
            gate = Gate()
            await bounded_map(lambda _: gate.stay(), range(9), limit=limiter)
            ensure(gate.most == 3, "3 tokens let 3 calls of bounded_map run at once", f"{gate.most} ran")
            ensure(free_tokens(limiter, most=4) == 3, "after bounded_map all tokens are back")

        self._run(case)

    def test_two_calls_share_it(self) -> None:
        """One limiter for several calls is one limit for all of them together."""

        async def case() -> None:
            limiter = self.factory(3)
            gate = Gate()

            async def work() -> None:
                await bounded_map(lambda _: gate.stay(), range(6), limit=limiter)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(work)
                nursery.start_soon(work)
            ensure(gate.most == 3, "two calls that share 3 tokens run 3 at once together", f"{gate.most} ran")

        self._run(case)

    def test_a_failure_gives_all_tokens_back(self) -> None:
        """Of the call that failed, of those that it cancelled, of those that waited."""

        async def fail(n: int) -> None:
            await trio.sleep(n)
            raise LookupError(n)

        async def case() -> None:
            limiter = self.factory(2)
            with raising(LookupError, "a failure leaves bounded_map"):
                await bounded_map(fail, range(1, 9), limit=limiter)
            ensure(free_tokens(limiter, most=3) == 2, "after a failure in bounded_map all tokens are back")

        self._run(case)

    def test_a_cancellation_gives_all_tokens_back(self) -> None:
        """At every point of ``bounded_map`` and of ``Stream.map``."""

        async def program() -> None:
            limiter = self.factory(2)
            gate = Gate()
            try:
                await bounded_map(lambda _: gate.stay(), range(4), limit=limiter)
                await stream(range(4)).map(lambda _: gate.stay(), limit=limiter).drain()
            finally:
                found = free_tokens(limiter, most=3)
                ensure(found == 2, "after a cancellation all tokens are back", f"of 2 tokens {found} are")

        self._sweep(program)
