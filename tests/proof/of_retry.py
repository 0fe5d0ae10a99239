"""Proofs of `trio_patterns.retry`: calls, their number and their times, in all three forms."""

from __future__ import annotations

from itertools import pairwise

import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.retry import (
    Attempt,
    AttemptScope,
    RetryContext,
    RetryPolicy,
    no_jitter,
    retry,
    retry_context,
    retrying,
)
from trio_patterns.shutdown import CancellationToken


class RetryProof(Proof):
    """Calls that fail a few times, with their times: none begins after the end, none overlaps another."""

    within = 8.0

    def begin(self) -> None:
        self.account = Account()
        self.at: list[float] = []
        self.errors: list[LookupError] = []
        self.reported: list[Attempt] = []
        self.results: list[str] = []
        self.over = False
        self.late = 0

    async def flaky(self, failures: int = 2) -> str:
        self.at.append(trio.current_time())
        self.late += self.over
        await self.account.call(None, 0.5)
        if len(self.at) <= failures:
            self.errors.append(LookupError(len(self.at)))
            raise self.errors[-1]
        return "done"

    async def note(self, attempt: Attempt) -> None:
        self.reported.append(attempt)
        await trio.lowlevel.checkpoint()

    def policy(self) -> RetryPolicy:
        return RetryPolicy(on=LookupError, attempts=4, base_delay=1.0, jitter=no_jitter, on_retry=self.note)

    def check(self) -> None:
        self.account.settled(limit=1)
        assert self.late == 0, "a call began after the end"
        assert len(self.at) <= 4
        assert [attempt.number for attempt in self.reported] == list(range(1, len(self.reported) + 1))
        assert [attempt.error for attempt in self.reported] == self.errors[: len(self.reported)]
        # Each reported failure was followed by its delay, and then by at most one call.
        assert len(self.at) <= len(self.reported) + 1
        starts = [later - earlier for earlier, later in pairwise(self.at)]
        assert starts == [0.5 + attempt.delay for attempt in self.reported[: len(starts)]]
        assert self.results in ([], ["done"])
        if self.results:
            assert len(self.errors) == len(self.at) - 1

    def whole(self) -> None:
        assert self.results == ["done"]
        assert [attempt.delay for attempt in self.reported] == [1.0, 2.0]
        assert len(self.at) == 3


@proves("retry", "RetryPolicy", "Attempt")
class NoCallAfterTheEnd(RetryProof):
    """The calls have their delays between them, and after a cancellation there is none."""

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.sibling)
                with token.scope():
                    self.results.append(await retry(self.flaky, policy=self.policy()))
        finally:
            self.over = True

    async def sibling(self) -> None:
        for _ in range(3):
            await trio.sleep(1)


@proves("retrying")
class TheDecoratorDoesTheSame(RetryProof):
    """A decorated function keeps one count for each call of it."""

    def begin(self) -> None:
        super().begin()
        self.others: list[int] = []

    async def program(self) -> None:
        @retrying(self.policy())
        async def flaky() -> str:
            return await self.flaky()

        @retrying(self.policy().with_(on_retry=None, timeout=20.0))
        async def other(failures: list[int]) -> None:
            await trio.lowlevel.checkpoint()
            if failures:
                self.others.append(failures.pop())
                raise LookupError

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(other, [1])
                self.results.append(await flaky())
        finally:
            self.over = True

    def check(self) -> None:
        super().check()
        assert self.others in ([], [1])


@proves("retry_context", "RetryContext", "AttemptScope")
class TheBlockFormDoesTheSame(RetryProof):
    """The loop over attempts ends after a success, at the cancellation, or with the last error."""

    async def program(self) -> None:
        await self.stopped(CancellationToken())

    async def stopped(self, token: CancellationToken) -> None:
        context = retry_context(self.policy().with_(attempt_timeout=5.0))
        assert isinstance(context, RetryContext)
        try:
            with token.scope():
                async for attempt in context:
                    assert isinstance(attempt, AttemptScope)
                    with attempt:
                        self.results.append(await self.flaky())
        finally:
            self.over = True


@proves("retry")
class TheLastErrorArrives(RetryProof):
    """Giving up raises the error of the last call itself, at the time at which it failed."""

    def begin(self) -> None:
        super().begin()
        self.arrived: list[BaseException] = []

    async def program(self) -> None:
        try:
            await retry(self.flaky, 9, policy=self.policy().with_(attempts=3))
        except LookupError as exc:
            self.arrived.append(exc)
        finally:
            self.over = True

    def check(self) -> None:
        super().check()
        assert self.arrived in ([], self.errors[-1:])
        assert len(self.at) <= 3

    def whole(self) -> None:
        assert len(self.arrived) == 1
        assert self.arrived[0] is self.errors[2]


@proves("retry")
class EveryErrorIsRetriedButNoCancellation(RetryProof):
    """A policy that takes every error makes one call more of an injected one, and none of a cancellation."""

    async def program(self) -> None:
        policy = self.policy().with_(on=lambda error: True, on_retry=None, timeout=7.0)
        try:
            self.results.append(await retry(self.flaky, policy=policy))
        finally:
            self.over = True

    def check(self) -> None:
        self.account.settled(limit=1)
        assert self.late == 0
        assert len(self.at) <= 4

    def whole(self) -> None:
        assert self.results == ["done"]
        assert len(self.at) == 3
