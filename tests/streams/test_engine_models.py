"""Random chains against the same chain of list operations; random functions, failures and pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream

#: What a call does before it returns: so many checkpoints, or a sleep of (value - 3) seconds.
pauses = st.lists(st.integers(0, 6), min_size=1, max_size=7)
limits = st.integers(1, 5)
Op = tuple[str, int, int]


async def pause(kind: int) -> None:
    if kind > 3:
        await trio.sleep(kind - 3)
    else:
        for _ in range(kind):
            await trio.lowlevel.checkpoint()


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def as_source(items: list[int], fed: bool, kinds: list[int]) -> Stream[int]:
    async def agen() -> AsyncIterator[int]:
        for i, item in enumerate(items):
            await pause(kinds[i % len(kinds)])
            yield item

    return stream(agen) if fed else stream(items)


def function(fn: Callable[[Any], Any], kinds: list[int], how: int) -> Callable[[Any], Any]:
    """Make ``fn`` plain, async with pauses, or sometimes the one and sometimes the other."""
    calls = 0

    async def slow(item: Any) -> Any:
        nonlocal calls
        calls += 1
        await pause(kinds[calls % len(kinds)])
        return fn(item)

    if how == 0:
        return fn
    return slow if how == 1 else (lambda item: slow(item) if calls % 2 else fn(item))


def key(item: Any) -> int:
    """Make an int of what the chain before has made."""
    if isinstance(item, list | tuple):
        return sum(key(each) for each in item)
    return int(item)


#: name: (the operator, the same with a list); `n` is a number 1 to 5, `f` makes functions.
Pair = tuple[Callable[[Stream[Any], int, Any], Stream[Any]], Callable[[list[Any], int], list[Any]]]
OPS: dict[str, Pair] = {
    "map": (lambda s, n, f: s.map(f(lambda x: key(x) + n), n), lambda xs, n: [key(x) + n for x in xs]),
    "filter": (
        lambda s, n, f: s.filter(f(lambda x: key(x) % n)),
        lambda xs, n: [x for x in xs if key(x) % n],
    ),
    "filter_map": (
        lambda s, n, f: s.filter_map(f(lambda x: key(x) if key(x) % n else None)),
        lambda xs, n: [key(x) for x in xs if key(x) % n],
    ),
    "flat_map": (
        lambda s, n, f: s.flat_map(f(lambda x: [key(x)] * (key(x) % n))),
        lambda xs, n: [key(x) for x in xs for _ in range(key(x) % n)],
    ),
    "flat_map of streams": (
        lambda s, n, f: s.flat_map(lambda x: stream(range(n)).map(f(lambda y: key(x) + y), n)),
        lambda xs, n: [key(x) + y for x in xs for y in range(n)],
    ),
    "take": (lambda s, n, f: s.take(n), lambda xs, n: xs[:n]),
    "skip": (lambda s, n, f: s.skip(n), lambda xs, n: xs[n:]),
    "take_while": (
        lambda s, n, f: s.take_while(f(lambda x: key(x) % (n + 1))),
        lambda xs, n: xs[: next((i for i, x in enumerate(xs) if not key(x) % (n + 1)), len(xs))],
    ),
    "enumerate": (lambda s, n, f: s.enumerate(n), lambda xs, n: list(enumerate(xs, n))),
    "chunks": (lambda s, n, f: s.chunks(n), lambda xs, n: [xs[i : i + n] for i in range(0, len(xs), n)]),
    "chunks within": (
        lambda s, n, f: s.chunks(n, within=1e6),
        lambda xs, n: [xs[i : i + n] for i in range(0, len(xs), n)],
    ),
    "buffer": (lambda s, n, f: s.buffer(n - 1), lambda xs, n: xs),
    "timeout": (lambda s, n, f: s.timeout(1e6), lambda xs, n: xs),
    "merge": (lambda s, n, f: s.merge([]), lambda xs, n: xs),
    "zip": (lambda s, n, f: s.zip(range(2 * n)), lambda xs, n: list(zip(xs, range(2 * n), strict=False))),
    "zip behind": (
        lambda s, n, f: stream(range(2 * n)).zip(s),
        lambda xs, n: list(zip(range(2 * n), xs, strict=False)),
    ),
    "chain": (lambda s, n, f: s.take(n).chain(range(n)), lambda xs, n: xs[:n] + list(range(n))),
    "outcomes": (lambda s, n, f: s.outcomes().map(lambda o: o.unwrap()), lambda xs, n: xs),
    "progress": (lambda s, n, f: s.progress(f(lambda _: None), every=n), lambda xs, n: xs),
}
if hasattr(Stream, "skip_while"):
    OPS["skip_while"] = (
        lambda s, n, f: s.skip_while(f(lambda x: key(x) % (n + 1))),
        lambda xs, n: xs[next((i for i, x in enumerate(xs) if not key(x) % (n + 1)), len(xs)) :],
    )
if hasattr(Stream, "scan"):
    OPS["scan"] = (
        lambda s, n, f: s.scan(lambda total, x: total + key(x), n),
        lambda xs, n: [n + sum(map(key, xs[: i + 1])) for i in range(len(xs))],
    )
if hasattr(Stream, "distinct"):
    OPS["distinct"] = (
        lambda s, n, f: s.distinct(f(lambda x: key(x) % n)),
        lambda xs, n: [x for i, x in enumerate(xs) if not i or key(x) % n != key(xs[i - 1]) % n],
    )
if hasattr(Stream, "on_each"):
    OPS["on_each"] = (lambda s, n, f: s.on_each(f(lambda x: None)), lambda xs, n: xs)
if hasattr(Stream, "throttle"):
    OPS["throttle"] = (lambda s, n, f: s.throttle(n, burst=n), lambda xs, n: xs)

chains = st.lists(st.tuples(st.sampled_from(sorted(OPS)), limits, st.integers(0, 2)), min_size=1, max_size=4)


@given(st.lists(st.integers(0, 9), max_size=20), chains, pauses, st.booleans(), st.booleans())
def test_a_chain_does_what_lists_do(
    items: list[int], chain: list[Op], kinds: list[int], fed: bool, opened: bool
) -> None:
    described: Stream[Any] = as_source(items, fed, kinds)
    expected: list[Any] = items
    for name, n, how in chain:
        operator, model = OPS[name]
        described = operator(described, n, lambda fn, how=how: function(fn, kinds, how))
        expected = model(expected, n)

    async def main() -> list[Any]:
        if not opened:
            return await described.collect()
        async with described.open() as running:
            return [item async for item in running]

    assert run(main) == expected


@given(st.lists(st.integers(0, 9), max_size=30), limits, limits, pauses, st.integers(0, 2), st.booleans())
def test_without_an_order_nothing_is_lost_or_doubled(
    items: list[int], n: int, m: int, kinds: list[int], how: int, fed: bool
) -> None:
    async def main() -> None:
        source = as_source(items, fed, kinds)
        fn = function(lambda x: x, kinds, how)
        assert sorted(await source.map(fn, n, ordered=False).map(fn, m, ordered=False).collect()) == sorted(
            items
        )
        inner = lambda x: stream([x, x]).map(fn, m)  # noqa: E731
        assert sorted(await source.flat_map(inner, n).collect()) == sorted(items * 2)
        merged = source.map(fn, n).merge(source.map(fn, m), items)
        assert sorted(await merged.collect()) == sorted(items * 3)
        found: list[int] = []
        await source.for_each(function(found.append, kinds, how), n)
        assert sorted(found) == sorted(items)

    run(main)


@given(
    n=st.integers(1, 25),
    limit=st.integers(1, 5),
    bad=st.sets(st.integers(0, 30), max_size=4),
    kinds=pauses,
    how=st.integers(0, 2),
    fed=st.booleans(),
    source_fails=st.booleans(),
    ordered=st.booleans(),
)
def test_failures_at_random(
    n: int,
    limit: int,
    bad: set[int],
    kinds: list[int],
    how: int,
    fed: bool,
    source_fails: bool,
    ordered: bool,
) -> None:
    """The very exception arrives; in order, after the results before it; no call starts once it is known."""
    errors = {item: ValueError(item) for item in range(31)}
    source_error = KeyError("source")
    started: list[int] = []
    raised: list[int] = []

    def fn(item: int) -> int:
        if item in bad:
            raised.append(item)
            raise errors[item]
        return item

    async def slow(item: int) -> int:
        check_start(item)
        await pause(kinds[item % len(kinds)])
        return fn(item)

    def plain(item: int) -> int:
        check_start(item)
        return fn(item)

    def check_start(item: int) -> None:
        assert not raised, f"{item} started after {raised} had failed"
        started.append(item)

    async def agen() -> AsyncIterator[int]:
        for item in range(n):
            await pause(kinds[item * 3 % len(kinds)])
            yield item
        if source_fails:
            raise source_error

    def gen():
        yield from range(n)
        if source_fails:
            raise source_error

    seen: list[int] = []

    async def main() -> None:
        described = stream(agen if fed else gen)
        call = slow if how == 1 else plain if how == 0 else lambda x: slow(x) if x % 2 else plain(x)
        await described.map(call, limit, ordered=ordered).for_each(seen.append)

    bad_here = sorted(item for item in bad if item < n)
    if not bad_here and not source_fails:
        run(main)
        assert sorted(seen) == list(range(n))
        assert not ordered or seen == sorted(seen)
        return
    with pytest.raises((ValueError, KeyError)) as caught:
        run(main)
    if caught.value is source_error:
        assert source_fails
        assert not ordered or (not bad_here and seen == list(range(n)))
    else:
        assert caught.value is errors[min(raised) if ordered else raised[0]]
        assert not ordered or seen == list(range(min(raised)))
    assert len(set(seen)) == len(seen)
    assert sorted(started) == list(range(len(started)))


@given(n=st.integers(0, 25), bad=st.sets(st.integers(0, 25)), limit=limits, kinds=pauses, fed=st.booleans())
def test_failures_as_values_stand_in_their_places(
    n: int, bad: set[int], limit: int, kinds: list[int], fed: bool
) -> None:
    async def fn(item: int) -> int:
        await pause(kinds[item % len(kinds)])
        if item in bad:
            raise ValueError(item)
        return item

    async def main() -> None:
        found = await as_source(list(range(n)), fed, kinds).map(fn, limit).outcomes().collect()
        assert [getattr(o, "value", None) for o in found] == [None if i in bad else i for i in range(n)]

    run(main)
