"""The cases of `retry_policy_contract` about its end before the last attempt."""

from __future__ import annotations

import math
from contextlib import suppress

import trio
from trio.testing import wait_all_tasks_blocked

from .base import ensure
from .retry_policy_cases import TINY, Calls, RetryPolicyCases

__all__ = ["Endings"]


class Endings(RetryPolicyCases):
    """Cancellations, deadlines, timeouts."""

    def test_cancelled_at_any_point_it_calls_no_more(self) -> None:
        """In a call, between two, in the callback: a call that begins after that is one too many."""
        late: list[int] = []

        async def program() -> None:
            late.clear()
            policy = self.policy()
            count = 0

            async def call() -> None:
                nonlocal count
                count += 1
                if count > 1 and trio.current_effective_deadline() == -math.inf:
                    late.append(count)
                await trio.lowlevel.checkpoint()
                # What is cancelled here fails all the same, and the next call is one too many.
                await trio.lowlevel.cancel_shielded_checkpoint()
                if count < policy.attempts:
                    raise self.make_error()

            try:
                await self.retry(call, policy=policy)
            except Exception:
                # Cancelled meanwhile, it may give up with the error of a call; otherwise it may not.
                await trio.lowlevel.checkpoint()
                raise

        def check() -> None:
            ensure(not late, "after a cancellation no call is made", f"call {late} was")

        self._sweep(program, check)

    def test_a_cancellation_in_a_delay_ends_it_at_once(self) -> None:
        """It does not wait for the rest of the delay, nor for the callback."""

        async def case() -> None:
            policy = self.policy()
            calls = Calls(*[self.make_error] * policy.attempts)

            async def work() -> None:
                with suppress(Exception):
                    await self.retry(calls, policy=policy)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(work)
                await wait_all_tasks_blocked()
                count, now = calls.count, trio.current_time()
                nursery.cancel_scope.cancel(reason="in a delay")
            waited = trio.current_time() - now
            ensure(waited == 0.0, "a cancellation ends a delay at once", f"it went on for {waited:g} s")
            ensure(calls.count == count, "a cancellation in a delay is followed by no call")

        self._run(case)

    def test_it_does_not_wait_beyond_a_deadline(self) -> None:
        """If the next call is due after the deadline around, it gives up at once, with the real error."""

        async def case() -> None:
            for part in (0.01, 0.1, 0.5):
                policy = self.policy()
                errors = [self.make_error() for _ in range(policy.attempts)]
                calls = Calls(*errors)
                raised: BaseException | None = None
                begun = trio.current_time()
                with trio.move_on_after(max(self.longest * part, 0.001)) as scope:  # noqa: ASYNC912
                    try:
                        await self.retry(calls, policy=policy)
                    except Exception as exc:
                        raised = exc
                took = trio.current_time() - begun
                promise = (
                    "it does not wait for a call that comes after the deadline around: it gives up at once"
                )
                ensure(not scope.cancelled_caught, promise, f"it waited {took:g} s and was cancelled")
                ensure(
                    raised is errors[calls.count - 1],
                    "giving up for a deadline raises the last error itself",
                    f"{raised!r} was raised",
                )

        self._run(case)

    def test_timeout_bounds_the_whole(self) -> None:
        """Calls, delays and callbacks together."""

        async def case() -> None:
            policy = self.make_policy()
            for share in (0.4, 2.0):

                async def call(seconds: float = policy.timeout * share) -> None:
                    await trio.sleep(seconds)
                    raise self.make_error()

                begun = trio.current_time()
                with suppress(Exception):
                    await self.retry(call, policy=policy)
                took = trio.current_time() - begun
                ensure(
                    took <= policy.timeout + TINY,
                    f"all ends within timeout={policy.timeout:g} s",
                    f"{took:g} s",
                )

        self._run(case)

    def test_attempt_timeout_bounds_each_call(self) -> None:
        """A call that hangs is cancelled, and counts as failed with `trio.TooSlowError`."""

        async def case() -> None:
            policy = self.policy()
            took: list[float] = []

            async def hang() -> None:
                begun = trio.current_time()
                try:
                    await trio.sleep_forever()
                finally:
                    took.append(trio.current_time() - begun)

            raised: BaseException | None = None
            try:
                await self.retry(hang, policy=policy)
            except Exception as exc:
                raised = exc
            limit = policy.attempt_timeout or math.inf
            ensure(
                isinstance(raised, trio.TooSlowError),
                "a call that takes longer than attempt_timeout fails with TooSlowError",
                repr(raised),
            )
            ensure(
                all(seconds <= limit + TINY for seconds in took),
                f"each call ends within attempt_timeout={limit:g} s",
                f"they took {took} s",
            )

        self._run(case)
