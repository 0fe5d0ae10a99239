"""Retrying against a model of it: random calls, policies, deadlines and cancellations, exact times."""

from __future__ import annotations

import math
from typing import Any

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retry.retry_model import (
    Call,
    Lasting,
    OnRetryError,
    Passing,
    Setting,
    described,
    hint_of,
    jitter,
    model,
    scripts,
    setups,
)
from trio_patterns.retry import Attempt, RetryPolicy, no_jitter, retry, retry_context, retrying


class Real:
    """Has one script retried and writes the same log as the model."""

    def __init__(self, script: list[Call], a: Setting) -> None:
        self.calls = [*script, *[Call(0)] * 5]
        self.a = a
        self.log: list[Any] = []
        self.number = 0

    @property
    def now(self) -> float:
        return trio.current_time() - self.start

    async def fn(self) -> int:
        call, self.number = self.calls[self.number], self.number + 1
        self.log.append(("call", self.now))
        try:
            with trio.CancelScope(shield=call.stubborn):
                await trio.sleep(call.seconds)
        except trio.Cancelled as cancelled:
            with trio.CancelScope(shield=True):
                await trio.sleep(call.cleanup)
            if call.cleanup_raises == "group":
                raise BaseExceptionGroup("cleanup", [cancelled, Passing(self.number)]) from None
            if call.cleanup_raises:
                raise (Passing if call.cleanup_raises == "passing" else Lasting)(self.number) from None
            raise
        if error := call.error(self.number):
            raise error
        return self.number

    async def call(self, form: str, policy: RetryPolicy) -> int:
        if form == "retry":
            return await retry(self.fn, policy=policy)
        if form == "retrying":
            return await retrying(policy)(self.fn)()
        async for attempt in retry_context(policy):
            with attempt:
                return await self.fn()
        raise AssertionError("the loop has ended without a value")

    async def report(self, attempt: Attempt) -> None:
        self.log.append(("report", self.now, attempt.number, described(attempt.error), attempt.delay))
        if self.a.on_retry == "raises":
            raise OnRetryError
        if self.a.on_retry:
            await trio.sleep(float(self.a.on_retry))

    async def run(self, form: str, policy: RetryPolicy) -> None:
        self.start = trio.current_time()
        scope = trio.CancelScope(deadline=self.start + self.a.deadline)
        async with trio.open_nursery() as canceller:
            canceller.start_soon(self.cancel, scope)
            try:
                with scope:
                    value = await self.call(form, policy.with_(on_retry=self.report))
                    self.log.append(("value", self.now, value))
                if scope.cancelled_caught:
                    self.log.append(("cancelled", self.now))
            except Exception as error:
                self.log.append(("end", self.now, described(error), attempts_in_notes(error)))
            canceller.cancel_scope.cancel()

    async def cancel(self, scope: trio.CancelScope) -> None:
        await trio.sleep(self.a.cancel_at)
        scope.cancel()


def attempts_in_notes(error: BaseException) -> int:
    """Return how many attempts the note of an error lists; 0 if it has no note."""
    notes = getattr(error, "__notes__", [])
    assert len(notes) <= 1
    if not notes:
        return 0
    title, *lines = notes[0].splitlines()
    assert f"gave up after {len(lines)} attempt" in title
    return len(lines)


@given(scripts, setups, st.sampled_from(["retry", "retrying", "block"]))
@settings(max_examples=4 * settings().max_examples, deadline=None)
def test_retrying_does_what_the_model_does(scripts: list[list[Call]], a: Setting, form: str) -> None:
    """When each call is made, what is reported, and how it ends; two tasks share a policy unawares."""
    policy = RetryPolicy(
        on=(Passing, trio.TooSlowError) if a.slow_passes else lambda e: type(e) is Passing,
        attempts=a.attempts,
        base_delay=a.base,
        max_delay=a.most,
        multiplier=a.multiplier,
        jitter=jitter if a.jitter else no_jitter,
        timeout=None if a.timeout == math.inf else a.timeout,
        attempt_timeout=None if a.attempt_timeout == math.inf else a.attempt_timeout,
        retry_after=hint_of,
    )
    reals = [Real(script, a) for script in scripts]

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for real in reals:
                nursery.start_soon(real.run, form, policy)
                await trio.sleep(0.125)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert [real.log for real in reals] == [model(script, a) for script in scripts]
