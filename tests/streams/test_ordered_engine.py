"""``map`` in order, where one task has all to itself and others come in, fail, stop or end beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar

import pytest
import trio

from trio_patterns.streams import Stream, stream

current = ContextVar("current", default="nobody")
both = pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])


async def at_once(item: int) -> int:
    return item


def bad(*items: int) -> Callable[[int], int]:
    def fn(item: int) -> int:
        if item in items:
            raise ValueError(item)
        return item

    return fn


def source(fed: bool, n: int, error: Exception | None = None) -> Stream[int]:
    def plain() -> Iterator[int]:
        yield from range(n)
        if error is not None:
            raise error

    async def agen() -> AsyncIterator[int]:
        for item in plain():
            yield item

    return stream(agen) if fed else stream(plain())


async def one_a_second(*items: int) -> AsyncIterator[int]:
    for item in items:
        yield item
        await trio.sleep(1)


async def test_a_second_task_comes_in_and_leaves_again(autojump_clock) -> None:
    """Items 0 to 2 overlap, 3 is alone, 4 and 5 overlap again."""
    log: list[tuple[str, int, float]] = []
    durations = [2.5, 0.25, 0.25, 0.5, 1.5, 0.25]

    async def fn(item: int) -> int:
        log.append(("start", item, trio.current_time()))
        await trio.sleep(durations[item])
        return item

    def note(item: int) -> None:
        log.append(("emit", item, trio.current_time()))

    await stream(one_a_second, *range(6)).map(fn, limit=2).for_each(note)
    assert log == [
        ("start", 0, 0.0),
        ("start", 1, 1.0),
        ("start", 2, 2.0),
        ("emit", 0, 2.5),
        ("emit", 1, 2.5),
        ("emit", 2, 2.5),
        ("start", 3, 3.0),
        ("emit", 3, 3.5),
        ("start", 4, 4.0),
        ("start", 5, 5.0),
        ("emit", 4, 5.5),
        ("emit", 5, 5.5),
    ]


@both
@pytest.mark.parametrize("k", [0, 1, 2, 7, 130, 256])
async def test_a_failure_of_the_only_call(fed: bool, k: int) -> None:
    seen: list[int] = []
    calls: list[int] = []

    def fn(item: int) -> int:
        calls.append(item)
        return bad(k)(item)

    with pytest.raises(ValueError, match=f"^{k}$"):
        await source(fed, 400).map(fn, limit=3).for_each(seen.append)
    assert seen == list(range(k))
    assert calls == list(range(k + 1))


@both
async def test_failures_of_the_only_call_as_values(fed: bool) -> None:
    found = await source(fed, 300).map(bad(0, 5, 128, 299), limit=2).outcomes().collect()
    assert [getattr(o, "value", None) for o in found] == [
        None if item in (0, 5, 128, 299) else item for item in range(300)
    ]


@pytest.mark.parametrize("limit", [2, 5])
async def test_the_first_call_fails_after_others_came_in(limit: int, autojump_clock) -> None:
    """Its position has been written down meanwhile: what stands behind ends, nothing is emitted."""
    cancelled: list[int] = []
    seen: list[int] = []

    async def fn(item: int) -> int:
        try:
            await trio.sleep(1.5 if item == 0 else 100)
        except trio.Cancelled:
            cancelled.append(item)
            raise
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        await stream(one_a_second, *range(9)).map(fn, limit=limit).for_each(seen.append)
    assert (seen, cancelled) == ([], [1])
    assert trio.current_time() == 1.5


@both
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", [2, 4])
async def test_context_variables_of_the_only_call(fed: bool, limit: int, ordered: bool) -> None:
    before: list[str] = []

    async def fn(item: int) -> int:
        before.append(current.get())
        if item % 3 == 0:
            current.set(f"call {item}")
        if item % 5 == 4:
            await trio.lowlevel.checkpoint()
        return item

    def below(item: int) -> None:
        before.append(current.get())
        if item % 4 == 0:
            current.set(f"below {item}")

    await source(fed, 40).map(fn, limit, ordered=ordered).for_each(below)
    assert set(before) == {"nobody"}
    assert len(before) == 80


async def test_context_variables_of_calls_that_overlap(autojump_clock) -> None:
    before: list[str] = []

    async def fn(item: int) -> int:
        before.append(current.get())
        await trio.sleep(1 + item % 2)
        current.set(f"call {item}")
        if item in (3, 4):
            raise ValueError(item)
        return item

    assert await stream(range(12)).map(fn, limit=3).take(3).collect() == [0, 1, 2]
    found = await stream(range(12)).map(fn, limit=3).outcomes().collect()
    assert [getattr(o, "value", None) for o in found] == [None if i in (3, 4) else i for i in range(12)]
    assert set(before) == {"nobody"}


@both
@pytest.mark.parametrize("n", [0, 1, 3, 128, 129])
async def test_a_source_that_fails_while_no_call_runs(fed: bool, n: int) -> None:
    seen: list[int] = []
    with pytest.raises(KeyError, match="source"):
        await source(fed, n, KeyError("source")).map(at_once, limit=2).for_each(seen.append)
    assert seen == list(range(n))


@pytest.mark.parametrize("n", [1, 3])
async def test_a_source_that_fails_while_the_only_call_runs(n: int, autojump_clock) -> None:
    async def failing() -> AsyncIterator[int]:
        for item in range(n):
            yield item
            await trio.sleep(1)
        raise KeyError("source")

    async def slow(item: int) -> int:
        await trio.sleep(3 if item == n - 1 else 0.5)
        return item

    seen: list[tuple[int, float]] = []
    described = stream(failing).map(slow, limit=2)
    with pytest.raises(KeyError, match="source"):
        await described.for_each(lambda item: seen.append((item, trio.current_time())))
    assert seen == [*((item, item + 0.5) for item in range(n - 1)), (n - 1, n + 2.0)]
    with pytest.raises(ValueError, match=f"{n - 1}"):
        await described.map(bad(n - 1)).drain()


@pytest.mark.parametrize("n", [1, 2, 5])
async def test_the_only_call_fails_after_the_source_has_failed(n: int, tap, autojump_clock) -> None:
    async def fail_last(item: int) -> int:
        if item == n - 1:
            await trio.sleep(3)
            raise ValueError(item)
        return item

    seen: list[int] = []
    with pytest.raises(ValueError, match=f"{n - 1}"):
        source = stream(tap.source(n, gap=1.0, error=KeyError("source")))
        await source.map(fail_last, limit=2).for_each(seen.append)
    assert seen == list(range(n - 1))
    assert trio.current_time() == n + 3.0


@pytest.mark.parametrize("first", [0, 128, 256])
async def test_one_comes_back_from_its_checkpoint_while_another_is_alone(first: int, autojump_clock) -> None:
    """It has to take the positions from where the other one stands."""

    async def fn(item: int) -> int:
        if item in (0, 3, first + 1, first + 2):
            await trio.sleep(1 if item > first else 0)
        return item

    assert await stream(range(400)).map(fn, limit=2).collect() == list(range(400))
    assert await stream(range(400)).map(fn, limit=3).collect() == list(range(400))


@both
@pytest.mark.parametrize("k", [0, 3, 127, 128])
async def test_a_failure_below_the_only_call(fed: bool, k: int) -> None:
    calls: list[int] = []

    def fn(item: int) -> int:
        calls.append(item)
        return item

    with pytest.raises(ValueError, match=f"^{k}$"):
        await source(fed, 400).map(fn, limit=2).for_each(bad(k))
    assert calls == list(range(k + 1))


@both
@pytest.mark.parametrize("k", [1, 2, 128, 129, 200])
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
async def test_no_more_is_wanted_from_the_only_call(fed: bool, k: int, later: bool, tap) -> None:
    calls: list[int] = []

    def fn(item: int) -> int:
        calls.append(item)
        return item

    async def wanted(item: int) -> bool:
        await trio.lowlevel.checkpoint()
        return item < k

    described = (stream(tap.source()) if fed else source(fed, 400)).map(fn, limit=2)
    if later:
        assert await described.take_while(wanted).collect() == list(range(k))
    else:
        assert await described.take(k).collect() == list(range(k))
        assert calls == list(range(k))
    assert len(calls) <= k + 1 + 4, "a step below that takes its time lets twice the limit go ahead"
    assert len(tap.closed_at) == fed


@both
@pytest.mark.parametrize("limit", [2, 3, 10])
async def test_a_slow_item_stalls_the_others_at_twice_the_limit(
    fed: bool, limit: int, gauge, autojump_clock
) -> None:
    log: list[int] = []

    async def fn(item: int) -> int:
        log.append(item)
        await trio.sleep(10 if item % 50 == 0 else 0.01)
        return item

    seen: list[int] = []
    async with trio.open_nursery() as nursery:

        async def look() -> None:
            await trio.sleep(9)
            assert log == list(range(2 * limit))
            assert seen == []

        nursery.start_soon(look)
        await source(fed, 101).map(fn, limit=limit).for_each(seen.append)
    assert seen == list(range(101))


@both
@pytest.mark.parametrize("where", ["call", "below"])
def test_keyboard_interrupt_where_one_has_all_to_itself(fed: bool, where: str) -> None:
    calls: list[int] = []

    def fn(item: int) -> int:
        calls.append(item)
        if item == 3 and where == "call":
            raise KeyboardInterrupt
        return item

    def below(item: int) -> None:
        if item == 3:
            raise KeyboardInterrupt

    async def main() -> None:
        await source(fed, 10).map(fn, limit=2).for_each(below)

    with pytest.raises(KeyboardInterrupt):
        trio.run(main)
    assert calls == [0, 1, 2, 3]


async def test_a_source_that_fails_while_one_task_has_all_to_itself(autojump_clock) -> None:
    """The failure stands behind the item in hand, which is emitted before it."""

    async def items() -> AsyncIterator[int]:
        yield 0
        await trio.sleep(1)
        raise KeyError("source")

    async def slowly(item: int) -> int:
        await trio.sleep(5)
        return item

    got: list[int] = []
    with pytest.raises(KeyError, match="source"):
        await stream(items).map(slowly, limit=3).for_each(got.append)
    assert got == [0]
    assert trio.current_time() == 5
