"""What the type checkers infer for the backpressure family, and what they must reject."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

import outcome
import trio

from trio_patterns.backpressure import (
    PoolLedger,
    PoolStatistics,
    RateLimiter,
    WorkerPool,
    bounded_map,
    bounded_outcomes,
    open_worker_pool,
)


async def length(text: str) -> int:
    return len(text)


async def texts() -> AsyncIterator[str]:
    yield "a"


async def bounded() -> None:
    assert_type(await bounded_map(length, ["a"], limit=3), list[int])
    assert_type(await bounded_map(length, texts(), limit=trio.CapacityLimiter(3)), list[int])
    assert_type(await bounded_map(length, "abc"), list[int])
    outcomes = await bounded_outcomes(length, ["a"])
    assert_type(outcomes, list[outcome.Outcome[int]])
    assert_type(outcomes[0].unwrap(), int)

    await bounded_map(length, [1])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await bounded_map(length, 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await bounded_map(len, ["a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await bounded_map(length, ["a"], limit="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await bounded_map(length, ["a"], 3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await bounded_map(length("a"), ["a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def pools() -> None:
    async with open_worker_pool(length, workers=2, buffer=0, on_error="collect") as pool:
        assert_type(pool, WorkerPool[str])
        assert_type(await pool.submit("a"), None)
        assert_type(pool.submit_nowait("a"), None)
        await pool.submit(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(pool.ledger, PoolLedger)
    assert_type(pool.statistics(), PoolStatistics)
    assert_type(pool.returned, list[str])
    assert_type(pool.failures, list[tuple[str, Exception]])

    open_worker_pool(len)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_worker_pool(length, on_error="ignore")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def rates() -> None:
    limiter = RateLimiter(10, per=60, burst=2)
    assert_type(await limiter.acquire(), None)
    assert_type(limiter.acquire_nowait(), None)
    async with limiter as nothing:
        assert_type(nothing, None)
    RateLimiter(10, 60)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    RateLimiter(10, burst=1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
