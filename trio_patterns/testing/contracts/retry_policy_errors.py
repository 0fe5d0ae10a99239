"""The cases of `retry_policy_contract` about errors: which are retried, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import trio

from .base import ensure
from .retry_policy_cases import Calls, RetryPolicyCases

__all__ = ["Errors"]


class Errors(RetryPolicyCases):
    """What it retries."""

    def test_a_success_is_called_once(self) -> None:
        """And what it returned is returned, nothing and a list too."""

        async def case() -> None:
            for value in (None, ["a list"]):
                calls = Calls(then=value)
                returned = await self.retry(calls, policy=self.make_policy())
                ensure(returned is value, "what the call returned is returned", repr(returned))
                ensure(calls.count == 1, "a call that succeeds is not repeated", f"{calls.count} calls")

        self._run(case)

    def test_a_failure_that_passes_is_no_failure(self) -> None:
        """If the last attempt succeeds, all is well."""

        async def case() -> None:
            policy = self.policy()
            calls = Calls(*[self.make_error] * (policy.attempts - 1))
            promise = f"if the last of {policy.attempts} attempts succeeds, its result is returned"
            returned = await self.result(calls, policy=policy, promise=promise)
            ensure(returned == "done", promise, returned)

        self._run(case)

    def test_giving_up_raises_the_last_error_itself(self) -> None:
        """After the last attempt; with a note that lists them all, if there was more than one."""

        async def case() -> None:
            policy = self.policy()
            errors = [self.make_error() for _ in range(policy.attempts)]
            calls = Calls(*errors)
            raised = await self._error_of(calls, policy=policy)
            ensure(calls.count == policy.attempts, f"it gives up after {policy.attempts} calls", calls.count)
            ensure(raised is errors[-1], "giving up raises the last error itself, not another", repr(raised))
            notes = "\n".join(getattr(raised, "__notes__", ()))
            listed = notes.count(type(raised).__name__)
            ensure(
                policy.attempts == 1 or listed >= policy.attempts,
                "the last error carries a note that lists every attempt",
                f"of {policy.attempts} it lists {listed}",
            )

        self._run(case)

    def test_another_error_is_raised_at_once(self) -> None:
        """One that is not to be retried: after one call, as itself."""

        async def case() -> None:
            error = self.make_other()
            await self._raised_at_once(error, "an error that is not to be retried")

        self._run(case)

    def test_a_group_is_retried_if_all_of_it_is(self) -> None:
        """Two such errors at once are as temporary as one, also in a group within a group."""

        async def case() -> None:
            inner = ExceptionGroup("inner", [self.make_error()])
            calls = Calls(ExceptionGroup("outer", [self.make_error(), inner]))
            promise = "a group is retried if every error in it is"
            await self.result(calls, policy=self.policy(), promise=promise)

        self._run(case)

    def test_a_mixed_group_is_not_retried(self) -> None:
        """One error in it that is not to be retried is enough."""

        async def case() -> None:
            group = ExceptionGroup("mixed", [self.make_error(), self.make_other()])
            await self._raised_at_once(group, "a group with an error that is not to be retried")

        self._run(case)

    def test_exit_requests_are_never_retried(self) -> None:
        """``KeyboardInterrupt`` and ``SystemExit`` pass through."""

        async def case() -> None:
            for error in (KeyboardInterrupt(), SystemExit(3)):
                await self._raised_at_once(error, type(error).__name__)

        self._run(case)

    def test_a_cancellation_is_never_retried(self) -> None:
        """One that reaches the call: it goes out, and there is no other call."""

        async def case() -> None:
            count, caught = await self._cancelled(lambda exc: exc)
            ensure(count == 1 and caught, "a cancellation is never retried", f"{count} calls")

        self._run(case)

    def test_a_group_with_a_cancellation_is_never_retried(self) -> None:
        """Whatever else is in it."""

        async def case() -> None:
            count, _ = await self._cancelled(lambda exc: BaseExceptionGroup("both", [exc, self.make_error()]))
            ensure(count == 1, "a group with a cancellation in it is never retried", f"{count} calls")

        self._run(case)

    async def _cancelled(self, raised: Callable[[trio.Cancelled], BaseException]) -> tuple[int, bool]:
        """Retry a call that is cancelled from within and raises something made of that.

        Returns:
          How often it was called, and whether the cancellation came out.
        """
        count = 0

        async def call() -> None:
            nonlocal count
            count += 1
            scope.cancel(reason="by the call itself")
            try:
                await trio.lowlevel.checkpoint()
            except trio.Cancelled as exc:
                raise raised(exc) from None  # noqa: ASYNC104 - it is the cancellation, or a group with it

        scope = trio.CancelScope()
        with suppress(Exception), scope:
            await self.retry(call, policy=self.make_policy())
        return count, scope.cancelled_caught

    async def _error_of(self, calls: Calls, *, policy: object) -> BaseException | None:
        """Return what leaves the retrying."""
        try:
            await self.retry(calls, policy=policy)
        except (Exception, KeyboardInterrupt, SystemExit) as exc:
            return exc
        return None

    async def _raised_at_once(self, error: BaseException, what: str) -> None:
        calls = Calls(*[error] * 3)
        raised = await self._error_of(calls, policy=self.make_policy())
        ensure(calls.count == 1, f"{what} is not retried", f"{calls.count} calls")
        ensure(raised is error, f"{what} is raised as itself", f"{raised!r} was raised")
