"""The steps that are fused into the chain, against the same thing in plain Python."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Generator

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


async def odd(item: int) -> bool:
    await trio.lowlevel.checkpoint()
    return bool(item % 2)


async def test_filter() -> None:
    assert await stream(range(6)).filter(lambda x: x % 2).collect() == [1, 3, 5]
    assert await stream(range(6)).filter(odd).collect() == [1, 3, 5]


async def test_filter_map_drops_none_and_keeps_what_is_false() -> None:
    assert await stream(range(4)).filter_map({0: 0, 2: "", 3: None}.get).collect() == [0, ""]

    async def half(item: int) -> int | None:
        return None if await odd(item) else item // 2

    assert await stream(range(6)).filter_map(half).collect() == [0, 1, 2]


async def test_enumerate() -> None:
    assert await Stream.of("a", "b").enumerate().collect() == [(0, "a"), (1, "b")]
    assert await Stream.of("a", "b").enumerate(start=-5).collect() == [(-5, "a"), (-4, "b")]


async def test_take_asks_for_no_item_after_the_last(tap) -> None:
    assert await stream(tap.source()).take(3).collect() == [0, 1, 2]
    assert tap.pulled == 3
    assert await stream(tap.source()).take(0).collect() == []
    assert tap.pulled == 3, "take(0) does not start the source"
    assert await stream(range(2)).take(5).collect() == [0, 1]


async def test_skip() -> None:
    assert await stream(range(5)).skip(2).collect() == [2, 3, 4]
    assert await stream(range(5)).skip(0).collect() == [0, 1, 2, 3, 4]
    assert await stream(range(5)).skip(9).collect() == []


async def test_take_while_drops_the_item_that_ends_it(tap) -> None:
    assert await stream(tap.source()).take_while(lambda x: x < 3).collect() == [0, 1, 2]
    assert tap.pulled == 4
    assert await stream([1, 3, 4, 5]).take_while(odd).collect() == [1, 3]


async def test_state_is_new_for_each_run() -> None:
    described = stream(range(10)).skip(1).take(3).enumerate()
    for _ in range(2):
        assert await described.collect() == [(0, 1), (1, 2), (2, 3)]
    results: list[list[tuple[int, int]]] = []

    async def run() -> None:
        results.append(await described.collect())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        nursery.start_soon(run)
    assert results == [[(0, 1), (1, 2), (2, 3)]] * 2


async def test_one_item_is_through_the_whole_chain_before_the_next_is_pulled() -> None:
    log: list[str] = []

    def note(name: str):
        def fn(item: int) -> int:
            log.append(f"{name}{item}")
            return item

        return fn

    await stream(range(2)).map(note("a")).filter(lambda x: True).map(note("b")).for_each(note("c"))
    assert log == ["a0", "b0", "c0", "a1", "b1", "c1"]


@pytest.mark.parametrize(
    "chain",
    [
        lambda s, fn: s.map(fn),
        lambda s, fn: s.filter(fn),
        lambda s, fn: s.filter_map(fn),
        lambda s, fn: s.take_while(fn),
        lambda s, fn: s.flat_map(fn),
        lambda s, fn: s.progress(fn, every=0),
    ],
    ids=["map", "filter", "filter_map", "take_while", "flat_map", "progress"],
)
async def test_an_error_in_a_function_leaves_as_itself_and_closes_the_source(chain, tap) -> None:
    def fn(item: object) -> bool:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad") as caught:
        await chain(stream(tap.source()), fn).drain()
    assert caught.value.__cause__ is None
    assert (tap.pulled, len(tap.closed_at)) == (1, 1)


@pytest.mark.parametrize(
    "method", ["map", "filter", "filter_map", "take_while", "flat_map", "for_each", "progress"]
)
def test_what_is_no_function_is_refused_at_the_call(method: str) -> None:
    bound = getattr(stream([1]), method)
    if method == "for_each":

        async def main() -> None:
            await bound(3)

        with pytest.raises(TypeError, match="fn must be a function, plain or async, got 3"):
            trio.run(main)
        return
    with pytest.raises(TypeError, match="must be a function, plain or async, got 3"):
        bound(3)


@pytest.mark.parametrize("method", ["take", "skip"])
def test_counts_are_checked_at_the_call(method: str) -> None:
    bound = getattr(stream([1]), method)
    with pytest.raises(ValueError, match=r"n must be an int >= 0, got -1"):
        bound(-1)
    with pytest.raises(TypeError, match=r"n must be an int >= 0, got 1.5"):
        bound(1.5)
    with pytest.raises(TypeError, match=r"n must be an int >= 0, got True"):
        bound(True)
    with pytest.raises(TypeError, match=r"start must be an int, got 'a'"):
        stream([1]).enumerate("a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"start must be an int, got True"):
        stream([1]).enumerate(True)


@given(items=st.lists(st.integers()), n=st.integers(0, 12), m=st.integers(0, 12), use_agen=st.booleans())
def test_against_plain_python(items: list[int], n: int, m: int, use_agen: bool) -> None:
    async def agen() -> AsyncIterator[int]:
        for item in items:
            yield item

    async def main() -> None:
        source = stream(agen) if use_agen else stream(items)
        assert await source.skip(n).take(m).collect() == items[n : n + m]
        assert await source.filter(lambda x: x > 0).map(str).collect() == [str(x) for x in items if x > 0]
        assert await source.enumerate(n).collect() == list(enumerate(items, n))
        assert await source.count() == len(items)
        assert await source.reduce(lambda a, b: a + b, 0) == sum(items)
        assert await source.last(default=None) == (items[-1] if items else None)
        assert await source.first(default=None) == (items[0] if items else None)
        assert await source.flat_map(lambda x: [x] * (x % 3)).collect() == [
            x for x in items for _ in range(x % 3)
        ]
        assert await source.chunks(m + 1).collect() == [
            items[i : i + m + 1] for i in range(0, len(items), m + 1)
        ]
        assert await source.chain(items, items).collect() == items * 3
        assert await source.zip(range(m)).collect() == list(zip(items, range(m), strict=False))
        assert sorted(await source.merge(items).collect()) == sorted(items * 2)
        assert await source.buffer(n).collect() == items

    trio.run(main)


async def test_generators_are_told_apart_one_by_one() -> None:
    """Some can be awaited (`types.coroutine`), others are values, and all have the same type."""

    @types.coroutine
    def old_style(item: int) -> Generator[None, None, int]:
        yield from trio.lowlevel.checkpoint().__await__()
        return item

    def plain(item: int) -> Generator[int, None, None]:
        yield item

    def fn(item: int) -> object:
        return old_style(item) if item % 2 else plain(item)

    got = await stream(range(4)).map(fn).collect()
    assert [got[1], got[3]] == [1, 3]
    assert [list(got[0]), list(got[2])] == [[0], [2]]  # type: ignore[call-overload]
