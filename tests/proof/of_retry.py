"""Proofs of `trio_patterns.retry`."""

from __future__ import annotations

import random
from itertools import pairwise

import trio

from tests.proof.proof import Account, Boom, Proof, proves
from trio_patterns.retry import (
    Attempt,
    AttemptScope,
    Backoff,
    Jitter,
    RetryContext,
    RetryPolicy,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    full_jitter,
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


@proves("retry", "Attempt")
class EachErrorIsReportedOrArrives(Proof):
    """An error that is there is not lost to a cancellation: it has been reported, or it arrives."""

    within = 6.0

    def begin(self) -> None:
        self.bell = trio.lowlevel.ParkingLot()
        self.errors: list[Exception] = []
        self.told: list[Exception] = []

    async def fail(self) -> None:
        # Unlike a sleep, this wait is over once it has been ended, also if it is cancelled before its turn.
        await self.bell.park()
        self.errors.append(LookupError())
        raise self.errors[-1]

    async def ring(self) -> None:
        for _ in range(3):
            await trio.sleep(1)
            self.bell.unpark_all()

    async def program(self) -> None:
        policy = RetryPolicy(
            on=LookupError,
            attempts=3,
            base_delay=0.3,
            jitter=no_jitter,
            on_retry=lambda attempt: self.told.append(attempt.error),
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.ring)
            try:
                await retry(self.fail, policy=policy)
            except LookupError as exc:
                self.told.append(exc)

    def check(self) -> None:
        assert self.told == self.errors

    def whole(self) -> None:
        assert len(self.errors) == 3


@proves("retry")
class AFailedWaitIsRetriedToo(RetryProof):
    """If the policy takes the injected error too, one failing call more is all that it makes of it."""

    async def program(self) -> None:
        policy = self.policy().with_(on=(LookupError, Boom), on_retry=None, timeout=7.0)
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


def half(backoff: Backoff) -> float:
    """Return a jitter of one's own."""
    return backoff.delay / 2


#: With the least and the most that each may give before the second call and before the third.
JITTERS: dict[str, tuple[Jitter, tuple[float, float], tuple[float, float]]] = {
    "no": (no_jitter, (1, 1), (2, 2)),
    "full": (full_jitter, (0, 1), (0, 2)),
    "equal": (equal_jitter, (0.5, 1), (1, 2)),
    "decorrelated": (decorrelated_jitter, (1, 2.5), (1, 2.5)),
    "additive": (additive_jitter(0.5), (1, 1.5), (2, 2.5)),
    "own": (half, (0.5, 0.5), (1, 1)),
}


@proves(
    "no_jitter",
    "full_jitter",
    "equal_jitter",
    "decorrelated_jitter",
    "additive_jitter",
    "Jitter",
    "Backoff",
)
class JitterKeepsItsBounds(Proof):
    """Calls side by side, each with another jitter: every pause is as long as its jitter may make it."""

    within = 6.0

    def begin(self) -> None:
        self.at: dict[str, list[float]] = {name: [] for name in JITTERS}

    async def fail_twice(self, name: str) -> None:
        times = self.at[name]
        times.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if len(times) < 3:
            raise LookupError

    async def call(self, name: str, jitter: Jitter) -> None:
        policy = RetryPolicy(
            on=LookupError, base_delay=1.0, max_delay=2.5, jitter=jitter, rng=random.Random(name)
        )
        await retry(self.fail_twice, name, policy=policy)

    async def program(self) -> None:
        async with trio.open_nursery() as nursery:
            for name, (jitter, _, _) in JITTERS.items():
                nursery.start_soon(self.call, name, jitter)

    def check(self) -> None:
        for name, (_, *bounds) in JITTERS.items():
            pauses = [later - earlier for earlier, later in pairwise(self.at[name])]
            for pause, (least, most) in zip(pauses, bounds, strict=False):
                assert least - 1e-9 <= pause <= most + 1e-9, name

    def whole(self) -> None:
        assert all(len(times) == 3 for times in self.at.values())
