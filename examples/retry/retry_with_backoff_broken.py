"""Retry with backoff, as it is often written first.

Three services fail, each in its own way: one for a moment, one for good, one for four seconds.
Compare the times and the calls with those of retry_with_backoff.

Notice: a second lost on a blip of 20 ms, and five calls too many for a password that stays wrong.
Run: python -m examples retry_with_backoff_broken
Page: docs/patterns/retry/retry-with-backoff.md
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import trio

RNG = random.Random(2)


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


async def retry(fn: Callable[[], Awaitable[str]], *, max_retries: int, base_delay: float) -> str:
    attempt = 0
    while True:
        try:
            return await fn()
        except Exception:  # BUG: also what no repetition will change
            if attempt == max_retries:
                raise
        attempt += 1
        delay = base_delay * 2.0 ** (attempt - 1)  # BUG: nothing stops it from growing
        await trio.sleep(delay + RNG.random())  # BUG: up to a second more, whatever the delay


async def show(name: str, service: Service, max_retries: int, base_delay: float) -> None:
    start = trio.current_time()
    try:
        result = await retry(service.request, max_retries=max_retries, base_delay=base_delay)
    except Exception as error:
        result = repr(error)
    print(f"{name}: {result} after {service.calls} calls and {trio.current_time() - start:.1f} s")


async def main() -> None:
    await show("cache, down for 0.02 s", Service(down_for=0.02), 5, base_delay=0.03)
    await show(
        "login, wrong password ", Service(refusal=PermissionError("wrong password")), 5, base_delay=0.03
    )
    await show("shop,  down for 4.00 s", Service(down_for=4.0), 20, base_delay=0.1)

    for attempt in (10, 20, 40):
        print(f"delay before call {attempt + 1}: {0.1 * 2.0 ** (attempt - 1) / 3600:,.2f} hours")
    try:
        print(0.1 * 2.0 ** (1025 - 1))
    except OverflowError as error:
        print(f"delay before call 1026: {type(error).__name__}")


if __name__ == "__main__":
    trio.run(main)
