"""Proofs of `trio_patterns.retry`: no error is lost, and jitters keep their bounds."""

from __future__ import annotations

import random
from itertools import pairwise

import trio

from tests.proof.proof import Proof, proves
from trio_patterns.retry import (
    Backoff,
    Jitter,
    RetryPolicy,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    full_jitter,
    no_jitter,
    retry,
)


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
