"""Retry with backoff: a policy that knows what may pass, a cap, and jitter in proportion.

Three services fail, each in its own way: one for a moment, one for good, one for four seconds.

Notice: the blip costs hundredths of a second, the wrong password one call, no delay more than half a second.
Run: python -m examples retry_with_backoff
Page: docs/patterns/retry/retry-with-backoff.md
"""

from __future__ import annotations

import random

import trio

from trio_patterns.retry import RetryPolicy, equal_jitter, no_jitter, retry

# What may pass by itself; a PermissionError is not among it. A real app would also set `timeout` and
# `attempt_timeout`, and leave `rng` out: a seed makes this output repeatable.
POLICY = RetryPolicy(
    on=(ConnectionError, trio.TooSlowError),
    base_delay=0.03,
    max_delay=0.5,
    jitter=equal_jitter,
    rng=random.Random(2),
)


class Service:
    """A server that is down until a moment, or refuses for good."""

    def __init__(self, down_for: float = 0.0, refusal: Exception | None = None) -> None:
        self.up_at = trio.current_time() + down_for
        self.refusal = refusal
        self.calls = 0

    async def request(self) -> str:
        self.calls += 1
        await trio.lowlevel.checkpoint()
        if self.refusal is not None:
            raise self.refusal
        if trio.current_time() < self.up_at:
            raise ConnectionError("connection refused")
        return "answer"


async def show(name: str, service: Service, policy: RetryPolicy) -> None:
    start = trio.current_time()
    try:
        result = await retry(service.request, policy=policy)
    except Exception as error:
        result = repr(error)
    print(f"{name}: {result} after {service.calls} calls and {trio.current_time() - start:.1f} s")


async def main() -> None:
    patient = POLICY.with_(attempts=21, base_delay=0.1)
    await show("cache, down for 0.02 s", Service(down_for=0.02), POLICY)
    await show("login, wrong password ", Service(refusal=PermissionError("wrong password")), POLICY)
    await show("shop,  down for 4.00 s", Service(down_for=4.0), patient)

    # `delays()` foretells a policy without waiting for it.
    delays = list(patient.with_(attempts=1026, jitter=no_jitter).delays())
    for attempt in (10, 20, 40, 1025):
        print(f"delay before call {attempt + 1}: {delays[attempt - 1]:.2f} seconds")


if __name__ == "__main__":
    trio.run(main)
