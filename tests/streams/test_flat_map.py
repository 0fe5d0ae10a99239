"""``flat_map``: inner streams one after the other, or several at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import outcome
import pytest
import trio

from trio_patterns.streams import Stream, stream


async def letters(word: str, gap: float = 1.0) -> AsyncIterator[str]:
    for letter in word:
        await trio.sleep(gap)
        yield letter


@pytest.mark.parametrize("limit", [1, 2])
async def test_what_the_function_may_give(limit: int) -> None:
    async def later(item: int) -> list[int]:
        await trio.lowlevel.checkpoint()
        return [item]

    async def later_stream(item: int) -> Stream[int]:
        await trio.lowlevel.checkpoint()
        return Stream.of(item)

    async def agen(item: int) -> AsyncIterator[int]:
        yield item

    for fn in (lambda x: [x], lambda x: Stream.of(x), agen, later, later_stream, lambda x: later(x)):
        assert sorted(await stream([1, 2]).flat_map(fn, limit=limit).collect()) == [1, 2]  # type: ignore[call-overload]


async def test_one_after_the_other(autojump_clock) -> None:
    assert await stream(["ab", "", "c"]).flat_map(letters).collect() == ["a", "b", "c"]
    assert trio.current_time() == 3.0


async def test_several_at_once(autojump_clock) -> None:
    seen: list[tuple[float, str]] = []
    words = {"ab": 1.0, "c": 1.5, "d": 0.25}
    source = stream(words).flat_map(lambda word: letters(word, words[word]), limit=2)
    await source.for_each(lambda letter: seen.append((trio.current_time(), letter)))
    assert seen == [(1.0, "a"), (1.5, "c"), (1.75, "d"), (2.0, "b")]


@pytest.mark.parametrize("limit", [1, 3, trio.CapacityLimiter(2)], ids=["1", "3", "limiter"])
async def test_the_bound_holds(limit, autojump_clock) -> None:
    running = most = 0

    async def inner(item: int) -> AsyncIterator[int]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        yield item
        running -= 1

    assert sorted(await stream(range(7)).flat_map(inner, limit=limit).collect()) == list(range(7))
    assert most == (limit if isinstance(limit, int) else 2)


@pytest.mark.parametrize("limit", [1, 3])
async def test_stopping_early_closes_the_inner_streams_and_the_source(
    limit: int, tap, autojump_clock
) -> None:
    closed: list[int] = []

    async def inner(item: int) -> AsyncIterator[int]:
        try:
            while True:
                await trio.sleep(1 + item)
                yield item
        finally:
            closed.append(item)

    assert await stream(tap.source()).flat_map(inner, limit=limit).take(2).collect() in ([0, 0], [0, 1])
    assert sorted(closed) == list(range(limit))
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("limit", [1, 3])
async def test_an_error_of_an_inner_stream_ends_all(limit: int, tap, autojump_clock) -> None:
    async def inner(item: int) -> AsyncIterator[int]:
        await trio.sleep(1 + item)
        yield item
        if item == 1:
            raise ValueError("inner")

    seen: list[int] = []
    with pytest.raises(ValueError, match="inner"):
        await stream(tap.source()).flat_map(inner, limit=limit).for_each(seen.append)
    assert seen[:2] == [0, 1]
    assert len(tap.closed_at) == 1


@pytest.mark.parametrize("limit", [1, 3])
async def test_an_error_from_below_is_not_taken_for_one_of_the_inner_stream(limit: int) -> None:
    def fail(item: object) -> None:
        raise ValueError("below")

    with pytest.raises(ValueError, match="below"):
        await stream([1, 2]).flat_map(lambda x: [x], limit=limit).outcomes().for_each(fail)


@pytest.mark.parametrize("limit", [1, 3])
async def test_outcomes_go_on_after_a_failed_inner_stream(limit: int) -> None:
    async def inner(item: int) -> AsyncIterator[int]:
        yield item
        if item == 1:
            raise ValueError("inner")
        yield item * 10

    def call(item: int) -> AsyncIterator[int]:
        if item == 2:
            raise KeyError("call")
        return inner(item)

    found = await stream([0, 1, 2, 3]).flat_map(call, limit=limit).outcomes().collect()
    values = [o.value for o in found if hasattr(o, "value")]
    errors = [o.error for o in found if hasattr(o, "error")]
    assert sorted(values) == [0, 0, 1, 3, 30]
    assert sorted(map(repr, errors)) == ["KeyError('call')", "ValueError('inner')"]
    if limit == 1:
        assert values == [0, 0, 1, 3, 30]


@pytest.mark.parametrize("limit", [1, 3])
async def test_failures_above_pass_as_outcomes(limit: int) -> None:
    def bad(item: int) -> int:
        if item == 1:
            raise ValueError("above")
        return item

    inner_bad = lambda item: stream([item, 1]).map(bad)  # noqa: E731
    found = await stream([0, 1, 2]).map(bad).flat_map(inner_bad, limit=limit).outcomes().collect()
    assert sorted(repr(o) for o in found) == [
        "Error(ValueError('above'))",
        "Error(ValueError('above'))",
        "Error(ValueError('above'))",
        "Value(0)",
        "Value(2)",
    ]
    first = await stream([1, 2]).map(bad).flat_map(lambda x: [x], limit=limit).outcomes().first()
    assert isinstance(first.error, ValueError)  # type: ignore[union-attr]


async def test_nested_streams(autojump_clock) -> None:
    found = await (
        stream(range(3))
        .flat_map(
            lambda x: stream(range(3)).flat_map(lambda y: stream(range(2)).map(lambda z: (x, y, z)), limit=2)
        )
        .collect()
    )
    assert sorted(found) == [(x, y, z) for x in range(3) for y in range(3) for z in range(2)]


@pytest.mark.parametrize("limit", [1, 2])
async def test_what_is_no_stream_is_named(limit: int) -> None:
    with pytest.raises(TypeError, match=r"fn must give an iterable, an async iterable or a Stream .* gave 1"):
        await stream([1]).flat_map(lambda x: x, limit=limit).collect()  # type: ignore[call-overload]


@pytest.mark.parametrize("limit", [1, 2])
async def test_where_failures_are_outcomes_an_inner_stream_goes_on_after_one(limit: int) -> None:
    def fail_at_2(item: int) -> int:
        if item == 2:
            raise KeyError(item)
        return item

    described = stream([0]).flat_map(lambda _: stream([1, 2, 3]).map(fail_at_2), limit).outcomes()
    found = await described.collect()
    assert [type(each) for each in found] == [outcome.Value, outcome.Error, outcome.Value]
