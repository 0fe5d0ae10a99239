"""``open`` and ``buffer``: items handed from one task to another."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from trio_patterns.streams import stream


async def test_all_items_arrive_in_order(tap) -> None:
    async with stream(tap.source(300)).open() as items:
        assert [item async for item in items] == list(range(300))
    async with stream([]).open() as nothing:
        assert [item async for item in nothing] == []
        with pytest.raises(StopAsyncIteration):
            await anext(nothing)


async def test_leaving_by_break_stops_and_closes_the_source(tap) -> None:
    """What is left of an iteration must not go on by itself."""
    async with stream(tap.source()).open() as items:
        async for item in items:
            if item == 3:
                break
    assert len(tap.closed_at) == 1
    assert tap.pulled <= 6, "one item lies ready, one is on its way"


async def test_leaving_by_an_exception(tap) -> None:
    with pytest.raises(ValueError, match="body") as caught:
        async with stream(tap.source()).open() as items:
            async for _ in items:
                raise ValueError("body")
    assert caught.value.__context__ is None
    assert len(tap.closed_at) == 1


async def test_leaving_cancels_what_is_in_flight_and_awaits_it(gauge, autojump_clock) -> None:
    async with stream(range(100)).map(gauge.watch(lambda item: item), limit=5).open() as items:
        assert await anext(items) == 0
    assert gauge.running == 0
    assert gauge.cancelled == gauge.started - gauge.finished > 0
    assert trio.current_time() == 0.0


async def test_a_source_that_waits_to_hand_over_may_close_in_peace(tap, autojump_clock) -> None:
    async with stream(tap.source(closing=2.0)).open() as items:
        assert await anext(items) == 0
        await trio.sleep(1)
    assert tap.closed_at == [3.0]


async def test_a_timeout_around_the_iteration_loses_nothing(tap, autojump_clock) -> None:
    """A timeout around an async generator's ``__anext__`` ends the generator: silent truncation."""
    seen: list[int] = []
    timeouts = 0
    async with stream(tap.source(5, gap=3.0)).open() as items:
        while len(seen) < 5:
            with trio.move_on_after(2.0) as scope:
                seen.append(await anext(items))
            timeouts += scope.cancelled_caught
    assert seen == [0, 1, 2, 3, 4]
    assert timeouts == 5


async def test_a_failure_comes_after_the_items_before_it(tap) -> None:
    seen: list[int] = []
    with pytest.raises(ValueError, match="source"):
        async with stream(tap.source(5, error=ValueError("source"))).open() as items:
            async for item in items:
                seen.append(item)
    assert seen == [0, 1, 2, 3, 4]


async def test_a_failure_is_raised_where_the_consumer_waits(tap, autojump_clock) -> None:
    async with stream(tap.source(1, gap=1.0, error=ValueError("source"))).open() as items:
        assert await anext(items) == 0
        with pytest.raises(ValueError, match="source"):
            await anext(items)
        with pytest.raises(StopAsyncIteration):
            await anext(items)


async def test_a_failure_while_the_body_is_busy_cancels_the_body(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        yield 0
        await trio.sleep(1)
        raise ValueError("source")

    cancelled = False
    with pytest.raises(ValueError, match="source"):
        async with stream(source).open() as items:
            async for _ in items:
                try:
                    await trio.sleep(100)
                except trio.Cancelled:
                    cancelled = True
                    raise
    assert cancelled
    assert trio.current_time() == 1.0


async def test_a_failure_behind_items_that_nobody_takes_is_not_raised(tap, autojump_clock) -> None:
    async with stream(tap.source(2, error=ValueError("source"))).open() as items:
        assert await anext(items) == 0
        await trio.sleep(1)  # item 1 lies ready, the failure stands behind it


async def test_the_same_with_several_items_lying_ready(autojump_clock) -> None:
    def fail_at_3(item: int) -> int:
        if item == 3:
            raise ValueError(item)
        return item

    described = stream(range(9)).map(fail_at_3, limit=4)
    async with described.open() as items:
        assert await anext(items) == 0
        await trio.sleep(1)  # 1 and 2 lie ready, the failure of 3 stands behind them
    with pytest.raises(ValueError, match="3"):
        async with described.open() as items:
            await trio.sleep(1)
            assert [await anext(items) for _ in range(3)] == [0, 1, 2]
            await trio.sleep(1)


async def test_a_failing_cleanup_is_raised_when_the_block_ends() -> None:
    async def source() -> AsyncIterator[int]:
        try:
            while True:
                yield 0
        finally:
            raise ValueError("cleanup")

    with pytest.raises(ValueError, match="cleanup"):
        async with stream(source).open() as items:
            await anext(items)
            await trio.testing.wait_all_tasks_blocked()


async def test_body_and_stream_may_fail_both(autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            yield 0
            await trio.sleep(100)
        finally:
            raise ValueError("cleanup")

    with pytest.RaisesGroup(pytest.RaisesExc(KeyError), pytest.RaisesExc(ValueError)):
        async with stream(source).open() as items:
            await anext(items)
            await trio.sleep(1)
            raise KeyError("body")


async def test_cancelled_from_outside(tap, gauge, autojump_clock) -> None:
    with trio.move_on_after(2.5) as scope:
        async with stream(tap.source(gap=1.0)).open() as items:
            async for _ in items:
                pass
    assert scope.cancelled_caught
    assert tap.closed_at == [2.5]


async def test_a_consumer_that_never_waits_passes_checkpoints(autojump_clock) -> None:
    async with stream(range(100_000)).map(lambda x: x, limit=200).open() as items:
        with trio.CancelScope() as scope:
            async for item in items:
                if item == 1000:
                    scope.cancel()
        assert scope.cancelled_caught
        assert await anext(items) <= 1000 + 130, "and the cancellation lost no item"


async def test_misuse_is_told(tap) -> None:
    opener = stream(tap.source()).open()
    with pytest.raises(TypeError, match="__aiter__"):
        async for _ in opener:  # type: ignore[attr-defined]
            pass
    async with opener as items:
        with pytest.raises(
            RuntimeError, match=r"^what open\(\) returns can be entered only once: call open\(\) again$"
        ):
            await opener.__aenter__()
        await anext(items)
    with pytest.raises(trio.ClosedResourceError, match=r"^the block that opened this stream has ended$"):
        await anext(items)


async def test_one_task_iterates_at_a_time() -> None:
    async with stream(_never).open() as items, trio.open_nursery() as nursery:

        async def wait_too() -> None:
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(
                trio.BusyResourceError, match=r"^another task is waiting for the next item of this stream$"
            ):
                await anext(items)
            nursery.cancel_scope.cancel()

        nursery.start_soon(wait_too)
        await anext(items)


async def _never() -> AsyncIterator[int]:
    await trio.sleep_forever()
    yield 0


@pytest.mark.parametrize("n", [0, 1, 2, 10, 100])
async def test_buffer_runs_ahead_by_n_items(n: int, tap, autojump_clock) -> None:
    seen: list[int] = []

    async def stuck(item: int) -> None:
        seen.append(item)
        await trio.sleep(1000)

    with trio.move_on_after(5):
        await stream(tap.source()).buffer(n).for_each(stuck)
    assert seen == [0]
    assert tap.pulled == 1 + n + 1, "one below, n in the buffer, one in the source's hand"


async def test_buffer_lets_both_sides_work_at_the_same_time(tap, gauge, autojump_clock) -> None:
    await stream(tap.source(5, gap=1.0)).buffer(1).for_each(gauge.watch(lambda item: 1.0))
    assert trio.current_time() == 6.0, "not 10"


@pytest.mark.parametrize("n", [0, 1, 3])
async def test_buffer_ends_early_and_passes_errors_on(n: int, tap, autojump_clock) -> None:
    assert await stream(tap.source(gap=1.0)).buffer(n).take(2).collect() == [0, 1]
    assert tap.closed_at == [2.0]
    assert await stream(tap.source(closing=1.0)).buffer(n).map(_slowly).take(2).collect() == [0, 1]
    assert tap.closed_at == [2.0, 5.0], "the source closed in peace"
    seen: list[int] = []
    with pytest.raises(ValueError, match="source"):
        await stream(tap.source(3, error=ValueError("source"))).buffer(n).for_each(seen.append)
    assert seen == [0, 1, 2]


async def _slowly(item: int) -> int:
    await trio.sleep(1)
    return item


@pytest.mark.parametrize(
    ("overflow", "expected"),
    [("drop_oldest", [0, 3, 7, 8, 9]), ("drop_newest", [0, 1, 2, 5, 9])],
)
async def test_an_overflowing_buffer_drops_and_never_waits(overflow, expected, tap, autojump_clock) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(4.4)
        return item

    found = await stream(tap.source(10, gap=1.0)).buffer(2, overflow).map(slow).collect()
    assert found == expected
    assert tap.pulled == 10


async def test_a_full_buffer_may_be_an_error(tap, autojump_clock) -> None:
    with pytest.raises(trio.WouldBlock, match="the buffer of 2 items is full"):
        await stream(tap.source(10, gap=1.0)).buffer(2, "error").for_each(_too_slowly)
    assert len(tap.closed_at) == 1


async def _too_slowly(item: int) -> None:
    await trio.sleep(100)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="n must be an int >= 0, got -1"):
        stream([1]).buffer(-1)
    with pytest.raises(ValueError, match="n must be an int >= 1, got 0"):
        stream([1]).buffer(0, "drop_oldest")
    with pytest.raises(ValueError, match=r"overflow must be 'wait' or .*, got 'drop'"):
        stream([1]).buffer(1, "drop")  # type: ignore[arg-type]
