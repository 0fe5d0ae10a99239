"""Types that `streams` promises: inferred along a chain, wrong uses rejected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import assert_type

import outcome
import trio

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import OpenedStream, Stream, StreamProgress, StreamSplitter, stream


async def numbers(n: int, step: int) -> AsyncIterator[int]:
    yield n * step


async def fetch(item: int) -> str:
    return str(item)


def plain(item: int) -> bytes:
    return bytes(item)


async def maybe(item: int) -> str | None:
    return None


def check_sources(receive: trio.MemoryReceiveChannel[str]) -> None:
    assert_type(stream([1, 2]), Stream[int])
    assert_type(stream("abc"), Stream[str])
    assert_type(stream(receive), Stream[str])
    assert_type(stream(numbers(1, 2)), Stream[int])
    assert_type(stream(numbers, 1, 2), Stream[int])
    assert_type(stream(stream([1])), Stream[int])
    assert_type(Stream.of(1, 2), Stream[int])
    assert_type(Stream.ticks(1.0), Stream[int])
    stream(numbers, "1", 2)  # type: ignore[call-arg, arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
    stream(numbers, 1)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
    stream(3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def check_operators(
    s: Stream[int], token: CancellationToken, limiter: trio.CapacityLimiter, pool: ThreadPoolExecutor
) -> None:
    assert_type(s.map(fetch), Stream[str])
    assert_type(s.map(plain, limit=3, ordered=False), Stream[bytes])
    assert_type(s.map(fetch, limiter), Stream[str])
    assert_type(s.filter(lambda x: x > 1), Stream[int])
    assert_type(s.filter_map(maybe), Stream[str])
    assert_type(s.flat_map(lambda x: [x]), Stream[int])
    assert_type(s.flat_map(lambda x: Stream.of(str(x)), limit=2), Stream[str])
    assert_type(s.chunks(2), Stream[list[int]])
    assert_type(s.chunks(2, within=1.0).map(len), Stream[int])
    assert_type(s.take(1).skip(1).take_while(bool).take_until(token).buffer(1).timeout(1), Stream[int])
    assert_type(s.skip_while(bool).distinct().distinct(fetch).on_each(fetch).on_each(print), Stream[int])
    assert_type(s.scan(add, 0.0), Stream[float])
    assert_type(s.scan(lambda total, item: total + str(item), ""), Stream[str])
    assert_type(s.offload(plain), Stream[bytes])
    assert_type(s.offload(plain, limiter, executor=pool), Stream[bytes])
    assert_type(s.throttle(10, per=60, burst=2).debounce(0.5).sample(1), Stream[int])
    s.throttle("10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(s.enumerate(), Stream[tuple[int, int]])
    assert_type(s.merge(["a"]), Stream[int | str])
    assert_type(s.chain([1.5]), Stream[int | float])
    assert_type(s.zip("abc"), Stream[tuple[int, str]])
    assert_type(s.zip("abc", stream([b""])), Stream[tuple[int, str, bytes]])
    assert_type(s.zip_latest("abc"), Stream[tuple[int, str]])
    assert_type(s.zip_latest("abc", stream([b""])), Stream[tuple[int, str, bytes]])
    assert_type(s.outcomes(), Stream[outcome.Value[int] | outcome.Error])
    assert_type(s.progress(report), Stream[int])
    s.map(fetch, limit="3")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    s.scan(add, "")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    s.offload(add)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    s.buffer(1, "drop")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stream(["a"]).map(fetch)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]


def report(progress: StreamProgress) -> None:
    assert_type(progress.fraction, float | None)


async def add(total: float, item: int) -> float:
    return total + item


async def check_sinks(
    s: Stream[int], ints: trio.MemorySendChannel[int], strings: trio.MemorySendChannel[str]
) -> None:
    assert_type(await s.collect(), list[int])
    assert_type(await s.first(), int)
    assert_type(await s.first(default=None), int | None)
    assert_type(await s.last(default=""), int | str)
    assert_type(await s.count(), int)
    assert_type(await s.reduce(add, 0.0), float)
    assert_type(await s.reduce(lambda total, item: total + item, 0), int)
    await s.for_each(fetch, limit=3)
    await s.to_channel(ints)
    await s.to_channel(strings)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async with s.open() as items:
        assert_type(items, OpenedStream[int])
        async for item in items:
            assert_type(item, int)


async def check_splitting(s: Stream[int], n: int) -> None:
    assert_type(s.broadcast(2), StreamSplitter[tuple[Stream[int], Stream[int]]])
    async with s.broadcast(2, buffer=10) as (a, b):
        assert_type(a, Stream[int])
        assert_type(b.map(fetch), Stream[str])
    async with s.broadcast(3) as three:
        assert_type(three, tuple[Stream[int], Stream[int], Stream[int]])
    async with s.broadcast(n) as sides:
        assert_type(sides, tuple[Stream[int], ...])
    async with s.partition(lambda x: x > 1) as (yes, no):
        assert_type(yes, Stream[int])
        assert_type(no, Stream[int])
    async with stream(["a"]).partition(fetch_flag) as pair:
        assert_type(pair, tuple[Stream[str], Stream[str]])
    s.broadcast("2")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    s.partition(fetch_flag)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def fetch_flag(item: str) -> bool:
    return bool(item)


def check_covariance(s: Stream[bool]) -> Stream[int]:
    return s
