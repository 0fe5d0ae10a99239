"""What the type checkers infer for the backpressure family, and what they must reject."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

import outcome
import trio

from trio_patterns.backpressure import (
    OverflowReceiveChannel,
    OverflowSendChannel,
    OverflowStatistics,
    PoolLedger,
    PoolStatistics,
    RateLimiter,
    WorkerPool,
    bounded_map,
    bounded_outcomes,
    open_overflow_channel,
    open_worker_pool,
)
from trio_patterns.streams import Stream, stream


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


async def overflow() -> None:
    send, receive = open_overflow_channel[int](10, overflow="drop_newest")
    assert_type(send, OverflowSendChannel[int])
    assert_type(receive, OverflowReceiveChannel[int])
    assert_type(await send.send(1), None)
    assert_type(send.send_nowait(True), None)
    assert_type(send.dropped, int)
    assert_type(send.statistics(), OverflowStatistics)
    assert_type(send.clone(), OverflowSendChannel[int])
    assert_type(await receive.receive(), int)
    assert_type(receive.receive_nowait(), int)
    assert_type(receive.statistics(), OverflowStatistics)
    assert_type(receive.clone(), OverflowReceiveChannel[int])
    with send as same_send, receive as same_receive:
        assert_type(same_send, OverflowSendChannel[int])
        assert_type(same_receive, OverflowReceiveChannel[int])
    async for item in receive:
        assert_type(item, int)
    assert_type(stream(receive), Stream[int])
    # Wherever trio's own interfaces are asked for, with their variance.
    narrower: trio.abc.SendChannel[bool] = send
    wider: trio.abc.ReceiveChannel[object] = receive
    del narrower, wider

    pair: tuple[OverflowSendChannel[str], OverflowReceiveChannel[str]] = open_overflow_channel(1)
    await pair[0].send(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_overflow_channel[int](1, overflow="wait")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_overflow_channel[int](1.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_overflow_channel[int](1, "error")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
