"""One pipeline for each operator and sink, which keeps nothing: what must not grow with the items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import trio

from trio_patterns.backpressure import open_worker_pool
from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream

__all__ = ["PIPELINES", "Pipeline", "pipelines"]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline over so many items.

    Attributes:
      name: The call that it is about.
      covers: The method of `Stream` that it shows, or "" if it is about none.
      run: Runs it and returns a count.
      expected: Tells whether a count is right for so many items.
      share: Its items are this fraction of the usual number, where each costs much more than usual.
    """

    name: str
    covers: str
    run: Callable[[int], Awaitable[int]]
    expected: Callable[[int, int], bool]
    share: float = 1.0

    @property
    def is_here(self) -> bool:
        """Whether this version of the library has what it needs."""
        return not self.covers or hasattr(Stream, self.covers)


def _all(n: int, found: int) -> bool:
    return found == n


def _some(n: int, found: int) -> bool:
    return 0 < found <= n


def _of(name: str, build: Callable[[Any, int], Any], expected: Callable[[int, int], bool] = _all) -> Pipeline:
    """Build on ``stream(range(n))`` and count. The stream is `Any`: an operator may not be here yet."""

    async def run(n: int) -> int:
        found: int = await build(stream(range(n)), n).count()
        return found

    return Pipeline(name, name.partition("(")[0], run, expected)


def _plus_one(item: int) -> int:
    return item + 1


def _always(item: object) -> bool:
    return True


def _even(item: int) -> bool:
    return item % 2 == 0


def _ignore(_: object) -> None:
    return None


async def _checkpoint(item: int) -> int:
    await trio.lowlevel.checkpoint()
    return item


async def _agen(n: int) -> AsyncIterator[int]:
    for item in range(n):
        yield item


async def _async_generator(n: int) -> int:
    return await stream(_agen, n).count()


async def _send(n: int, channel: trio.MemorySendChannel[int]) -> None:
    with channel:
        for item in range(n):
            await channel.send(item)


async def _channel(n: int) -> int:
    found = 0
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](100)
        nursery.start_soon(_send, n, send)
        found += await stream(receive).count()
    return found


async def _open(n: int) -> int:
    found = 0
    async with stream(range(n)).map(_checkpoint, limit=10).open() as items:
        async for _ in items:
            found += 1
    return found


async def _for_each(n: int) -> int:
    found = 0

    async def note(_: int) -> None:
        nonlocal found
        found += 1

    await stream(range(n)).for_each(note, limit=10)
    return found


async def _reduce(n: int) -> int:
    return await stream(range(n)).reduce(lambda total, _: total + 1, 0)


async def _drain(n: int) -> int:
    found = 0

    def note(item: int) -> int:
        nonlocal found
        found += 1
        return item

    await stream(range(n)).map(note).drain()
    return found


async def _last(n: int) -> int:
    return 1 + await stream(range(n)).last()


async def _to_channel(n: int) -> int:
    found = 0
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[int](100)
        nursery.start_soon(stream(range(n)).to_channel, send)
        with receive:
            async for _ in receive:
                found += 1
    return found


async def _count_into(counts: list[int], one: Stream[int]) -> None:
    counts.append(await one.count())


async def _count_both(opened: Any) -> int:
    counts: list[int] = []
    async with opened as (one, other), trio.open_nursery() as nursery:
        nursery.start_soon(_count_into, counts, one)
        nursery.start_soon(_count_into, counts, other)
    return sum(counts)


async def _broadcast(n: int) -> int:
    source: Any = stream(range(n))
    return await _count_both(source.broadcast(2, buffer=10))


async def _partition(n: int) -> int:
    source: Any = stream(range(n))
    return await _count_both(source.partition(_even))


async def _pool(n: int) -> int:
    done = 0

    async def job(_: int) -> None:
        nonlocal done
        done += 1

    async with open_worker_pool(job, workers=4, buffer=100) as pool:
        for item in range(n):
            await pool.submit(item)
    return done


async def _offload(n: int) -> int:
    source: Any = stream(range(n))
    found: int = await source.offload(_plus_one, limit=4).count()
    return found


PIPELINES = (
    Pipeline("async generator", "", _async_generator, _all),
    Pipeline("memory channel", "", _channel, _all),
    _of("map(plain fn)", lambda s, n: s.map(_plus_one)),
    _of("map(fn, limit=10)", lambda s, n: s.map(_checkpoint, limit=10)),
    _of("map(fn, limit=10, ordered=False)", lambda s, n: s.map(_checkpoint, limit=10, ordered=False)),
    _of("filter", lambda s, n: s.filter(_even), lambda n, found: found == (n + 1) // 2),
    _of("filter_map", lambda s, n: s.filter_map(_plus_one)),
    _of("flat_map", lambda s, n: stream(range(n // 10)).flat_map(lambda _: range(10))),
    _of("flat_map(limit=10)", lambda s, n: stream(range(n // 10)).flat_map(lambda _: range(10), limit=10)),
    _of("chunks(100)", lambda s, n: s.chunks(100), lambda n, found: found == -(-n // 100)),
    _of("chunks(100, within=5)", lambda s, n: s.chunks(100, within=5), lambda n, found: found >= n // 100),
    _of("take", lambda s, n: s.take(n)),
    _of("skip", lambda s, n: s.skip(10), lambda n, found: found == n - 10),
    _of("take_while", lambda s, n: s.take_while(_always)),
    _of("skip_while", lambda s, n: s.skip_while(lambda item: item < 10), lambda n, found: found == n - 10),
    _of("take_until", lambda s, n: s.take_until(CancellationToken())),
    _of("enumerate", lambda s, n: s.enumerate()),
    _of("scan", lambda s, n: s.scan(lambda total, item: (total + item) % 1000, 0)),
    _of("distinct", lambda s, n: s.distinct()),
    _of("buffer(10)", lambda s, n: s.buffer(10)),
    _of("buffer(10, overflow='drop_oldest')", lambda s, n: s.buffer(10, overflow="drop_oldest"), _some),
    # A rate that is never reached: what is looked at is the memory.
    _of("throttle", lambda s, n: s.throttle(1e9)),
    _of("debounce", lambda s, n: s.debounce(60), lambda n, found: found == 1),
    _of("sample", lambda s, n: s.sample(0.001), _some),
    _of("timeout", lambda s, n: s.timeout(60)),
    _of("merge", lambda s, n: stream(range(n // 2)).merge(range(n - n // 2))),
    _of("zip", lambda s, n: s.zip(range(n))),
    _of("zip_latest", lambda s, n: s.zip_latest(range(n)), lambda n, found: found > 0),
    _of("chain", lambda s, n: stream(range(n // 2)).chain(range(n - n // 2))),
    _of("on_each", lambda s, n: s.on_each(_ignore)),
    _of("outcomes", lambda s, n: s.outcomes()),
    _of("progress", lambda s, n: s.progress(_ignore)),
    Pipeline("offload", "offload", _offload, _all, share=0.02),  # a thread's round trip for each item
    Pipeline("broadcast", "broadcast", _broadcast, lambda n, found: found == 2 * n),
    Pipeline("partition", "partition", _partition, _all),
    Pipeline("open() after map(limit=10)", "open", _open, _all),
    Pipeline("for_each(limit=10)", "for_each", _for_each, _all),
    Pipeline("reduce", "reduce", _reduce, _all),
    Pipeline("drain", "drain", _drain, _all),
    Pipeline("last", "last", _last, _all),
    Pipeline("to_channel", "to_channel", _to_channel, _all),
    Pipeline("open_worker_pool", "", _pool, _all),
)


def pipelines() -> list[Pipeline]:
    """Those that this version of the library can run."""
    return [pipeline for pipeline in PIPELINES if pipeline.is_here]
