"""The cases of `retry_policy_contract` about delays."""

from __future__ import annotations

import math

import trio

from .base import broken, ensure
from .retry_policy_cases import MOST, TINY, Calls, RetryPolicyCases

__all__ = ["Delays"]

#: Calls after which a power of any multiplier worth the name is beyond a float.
MANY = 20_000
#: Jitter is random, so look at it more than once.
SAMPLES = 20


class Delays(RetryPolicyCases):
    """How long it waits."""

    def test_there_is_a_delay_between_two_calls(self) -> None:
        """One less than calls."""
        policy = self.make_policy()
        attempts = min(policy.attempts, MOST)
        found = len(list(policy.with_(attempts=attempts).delays()))
        ensure(found == attempts - 1, f"between {attempts} calls there are {attempts - 1} delays", found)

    def test_every_delay_is_within_bounds(self) -> None:
        """A finite number of seconds, not below 0 and not above the longest."""
        for _ in range(SAMPLES):
            self._check_delays(MOST)

    def test_no_delay_overflows_however_many_calls(self) -> None:
        """At call 20 000 as well: what grows with the number of the call must not grow out of its type."""
        self._check_delays(MANY)

    def test_the_time_between_two_calls_is_within_bounds(self) -> None:
        """What is really waited, by trio's clock, with hints and callbacks."""

        async def case() -> None:
            policy = self.policy()
            calls = Calls(*[self.make_error] * (policy.attempts - 1))
            await self.result(calls, policy=policy, promise="a call is repeated until it succeeds")
            gaps = [later - earlier for earlier, later in zip(calls.times, calls.times[1:], strict=False)]
            ensure(
                all(gap <= self.longest * (1 + TINY) + TINY for gap in gaps),
                f"between two calls at most {self.longest:g} s pass, the time of on_retry included",
                f"they were {gaps} s apart",
            )

        self._run(case)

    def test_calls_share_nothing(self) -> None:
        """A policy keeps no count: two calls at once, and one after them, get all their attempts."""

        async def case() -> None:
            policy = self.policy()
            all_calls = [Calls(*[self.make_error] * (policy.attempts - 1)) for _ in range(3)]

            promise = "each call that is retried has attempts of its own"

            async def work(calls: Calls) -> None:
                await self.result(calls, policy=policy, promise=promise)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(work, all_calls[0])
                nursery.start_soon(work, all_calls[1])
            await work(all_calls[2])
            found = [calls.count for calls in all_calls]
            ensure(found == [policy.attempts] * 3, promise, f"there were {found} calls")

        self._run(case)

    def _check_delays(self, attempts: int) -> None:
        promise = f"every delay is a finite number of seconds between 0 and {self.longest:g}"
        number = 0
        try:
            for number, delay in enumerate(self.make_policy().with_(attempts=attempts).delays(), 1):
                if not (0.0 <= delay <= self.longest * (1 + TINY) and delay < math.inf):
                    raise broken(promise, f"after call {number} it is {delay!r}")
        except Exception as exc:
            raise broken(promise, f"after call {number + 1} there is {exc!r}") from exc
