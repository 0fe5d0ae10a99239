"""What holds for every operator: early exits, endless, empty and failing sources, runs again and at once.

A new operator needs a line in `OPERATORS` only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeAlias

import outcome
import pytest
import trio

from trio_patterns.shutdown import CancellationToken
from trio_patterns.streams import Stream, stream

Operator: TypeAlias = Callable[[Stream[Any]], Stream[Any]]


class InlineExecutor(Executor):
    """Runs each call when it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args))
        return future


async def same(item: Any) -> Any:
    await trio.lowlevel.checkpoint()
    return item


#: Each emits something for each item, whatever that is, and nothing else.
OPERATORS: dict[str, Operator] = {
    "map": lambda s: s.map(same),
    "map limit": lambda s: s.map(same, limit=3),
    "map as completed": lambda s: s.map(same, limit=3, ordered=False),
    "filter": lambda s: s.filter(lambda item: True),
    "filter_map": lambda s: s.filter_map(lambda item: (item,)),
    "flat_map": lambda s: s.flat_map(lambda item: [item]),
    "flat_map limit": lambda s: s.flat_map(lambda item: [item], limit=3),
    "offload": lambda s: s.offload(lambda item: item, limit=2, executor=InlineExecutor()),
    "on_each": lambda s: s.on_each(same),
    "enumerate": lambda s: s.enumerate(),
    "scan": lambda s: s.scan(lambda accumulator, item: item, None),
    "distinct": lambda s: s.distinct(),
    "outcomes": lambda s: s.outcomes(),
    "progress": lambda s: s.progress(lambda report: None),
    "take": lambda s: s.take(1_000_000),
    "skip": lambda s: s.skip(0),
    "take_while": lambda s: s.take_while(lambda item: True),
    "skip_while": lambda s: s.skip_while(lambda item: False),
    "take_until": lambda s: s.take_until(CancellationToken()),
    "chunks": lambda s: s.chunks(1),
    "chunks within": lambda s: s.chunks(1, within=5.0),
    "buffer 0": lambda s: s.buffer(0),
    "buffer 3": lambda s: s.buffer(3),
    "timeout": lambda s: s.timeout(1000.0),
    "throttle": lambda s: s.throttle(1_000_000.0, burst=1_000_000),
    "merge": lambda s: s.merge([]),
    "zip": lambda s: s.zip(range(1_000_000)),
    "zip second": lambda s: stream(range(1_000_000)).zip(s),
    "zip_latest": lambda s: Stream.of(0).zip_latest(s),
    "chain": lambda s: Stream.empty().chain(s, []),
}
every = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)


@every
async def test_take(operator: Operator, tap, autojump_clock) -> None:
    assert len(await operator(stream(tap.source(gap=1.0))).take(2).collect()) == 2
    assert trio.current_time() == 2.0
    assert tap.closed_at == [2.0]


@every
@pytest.mark.parametrize("gap", [0.0, 1.0])
async def test_leaving_open_by_break(operator: Operator, gap: float, tap, autojump_clock) -> None:
    async with operator(stream(tap.source(gap=gap))).open() as items:
        async for _ in items:
            break
    assert trio.current_time() == gap
    assert tap.closed_at == [gap]
    assert tap.pulled <= 20, "what lies ready and what is in flight, no more"


@every
async def test_a_failing_function_above(operator: Operator, autojump_clock) -> None:
    def fail_at_2(item: int) -> int:
        if item == 2:
            raise KeyError("function")
        return item

    described = operator(stream(range(4)).map(fail_at_2))
    if operator is OPERATORS["outcomes"]:
        kinds = [type(each) for each in await described.collect()]
        assert kinds == [outcome.Value, outcome.Value, outcome.Error, outcome.Value]
        return
    with pytest.raises(KeyError, match="function") as caught:
        await described.drain()
    assert caught.value.__context__ is None


#: Those that emit something else than one thing for each item: there a failure is the end.
NO_OUTCOMES = {"chunks", "chunks within", "zip", "zip second", "zip_latest"}


@pytest.mark.parametrize("name", OPERATORS)
async def test_a_failing_function_above_is_an_outcome_below(name: str, autojump_clock) -> None:
    def fail_at_2(item: int) -> int:
        if item == 2:
            raise KeyError("function")
        return item

    found = await OPERATORS[name](stream(range(4)).map(fail_at_2)).outcomes().collect()
    kinds = [type(each) for each in found]
    if name == "map as completed":
        kinds.sort(key=lambda kind: kind is outcome.Error)
        assert kinds == [outcome.Value, outcome.Value, outcome.Value, outcome.Error]
    elif name in NO_OUTCOMES:
        assert kinds == [outcome.Value, outcome.Value, outcome.Error]
    elif name == "outcomes":
        assert kinds == [outcome.Value] * 4
    else:
        assert kinds == [outcome.Value, outcome.Value, outcome.Error, outcome.Value]


@every
async def test_a_failing_body_and_a_failing_sink(operator: Operator, tap, autojump_clock) -> None:
    def fail(item: object) -> None:
        raise KeyError("sink")

    with pytest.raises(KeyError, match="body"):
        async with operator(stream(tap.source(gap=1.0))).open() as items:
            async for _ in items:
                raise KeyError("body")
    assert tap.closed_at == [1.0]
    with pytest.raises(KeyError, match="sink"):
        await operator(stream(tap.source(gap=1.0))).for_each(fail)
    assert tap.closed_at == [1.0, 2.0]


@every
@pytest.mark.parametrize("deadline", [0.5, 1.5], ids=["source", "sink"])
async def test_cancelled(operator: Operator, deadline: float, tap, gauge, autojump_clock) -> None:
    with trio.move_on_after(deadline) as scope:
        await operator(stream(tap.source(gap=1.0))).for_each(gauge.watch(lambda item: 10.0))
    assert scope.cancelled_caught
    assert tap.closed_at == [deadline]
    assert (gauge.started, gauge.running) == (deadline == 1.5, 0)


@every
async def test_an_endless_source_that_is_always_ready_can_be_cancelled(operator: Operator, tap) -> None:
    seen = 0

    def look(item: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 1000:
            scope.cancel()

    with trio.CancelScope() as scope:
        await operator(stream(tap.source())).for_each(look)
    assert scope.cancelled_caught
    assert 1000 <= seen <= 1000 + 4 * 128, "a budget for each task"
    assert len(tap.closed_at) == 1


@every
async def test_an_empty_source(operator: Operator, autojump_clock) -> None:
    assert await operator(Stream.empty()).collect() == []
    assert trio.current_time() == 0.0


@every
@pytest.mark.parametrize("n", [0, 3])
async def test_a_failing_source(operator: Operator, n: int, tap, autojump_clock) -> None:
    error = KeyError("source")
    seen: list[object] = []
    described = operator(stream(tap.source(n, gap=1.0, error=error)))
    if operator is OPERATORS["outcomes"]:
        found = await described.collect()
        assert [getattr(each, "error", None) for each in found] == [*[None] * n, error]
        return
    with pytest.raises(KeyError, match="source") as caught:
        await described.for_each(seen.append)
    assert caught.value is error
    assert caught.value.__cause__ is None
    # Unordered, a failure ends what is in flight at once.
    unordered = operator in (OPERATORS["map as completed"], OPERATORS["flat_map limit"])
    assert len(seen) in ([n - 1, n] if unordered else [n])
    assert tap.closed_at == [float(n)]


@every
async def test_a_failing_cleanup_after_an_early_stop_is_raised(operator: Operator, autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        try:
            await trio.sleep(1)
            yield 0
            await trio.sleep_forever()
        finally:
            raise KeyError("cleanup")

    with pytest.raises(KeyError, match="cleanup"):
        await operator(stream(source)).take(1).collect()


#: A failure can't take the place of an item where several make one.
GATHERING = ("chunks", "chunks within", "zip", "zip second", "zip_latest")


@pytest.mark.parametrize("name", OPERATORS)
async def test_outcomes_below_a_failed_item(name: str, autojump_clock) -> None:
    def odd_fails(item: int) -> int:
        if item % 2:
            raise ValueError(item)
        return item

    found = await OPERATORS[name](stream(range(4)).map(odd_fails)).outcomes().collect()
    if name == "outcomes":
        found = [each.unwrap() for each in found]
    failures = [repr(each.error) for each in found if isinstance(each, outcome.Error)]
    if name in GATHERING:
        assert failures == ["ValueError(1)"]
        assert isinstance(found[-1], outcome.Error)
    else:
        assert failures == ["ValueError(1)", "ValueError(3)"]
    assert len(found) == (2 if name in GATHERING else 4)


@every
async def test_runs_again_and_twice_at_once(operator: Operator, autojump_clock) -> None:
    async def source() -> AsyncIterator[int]:
        for i in range(5):
            await trio.sleep(1)
            yield i

    described = operator(stream(source))
    results: list[list[object]] = []

    async def run(after: float) -> None:
        await trio.sleep(after)
        results.append([repr(item) for item in await described.collect()])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run, 0.0)
        nursery.start_soon(run, 0.5)
    assert trio.current_time() == 5.5
    await run(0.0)
    assert len(results[0]) == 5
    assert results[0] == results[1] == results[2]


@every
@pytest.mark.parametrize("below", OPERATORS.values(), ids=OPERATORS)
async def test_chains_of_three_stop_early(operator: Operator, below: Operator, tap, autojump_clock) -> None:
    described = below(operator(stream(tap.source(gap=1.0))))
    assert len(await described.take(2).collect()) == 2
    assert tap.closed_at == [2.0]
    with trio.move_on_after(1.5) as scope:
        await described.for_each(lambda item: trio.sleep_forever())
    assert scope.cancelled_caught
    assert tap.closed_at == [2.0, 3.5]


@every
@pytest.mark.parametrize("deadline", [0.0, 1.0], ids=["cancelled before", "cancelled later"])
async def test_a_channel_is_closed_wherever_the_cancellation_comes(
    operator: Operator, deadline: float, autojump_clock
) -> None:
    for opened in (False, True):
        send, receive = trio.open_memory_channel[int](0)
        with trio.move_on_after(deadline) as scope:
            if opened:
                async with operator(stream(receive)).open() as items:
                    async for _ in items:
                        pass
            else:
                await operator(stream(receive)).drain()
        assert scope.cancelled_caught
        with pytest.raises(trio.BrokenResourceError):
            send.send_nowait(1)


@every
async def test_a_channel_is_closed_that_no_run_has_been_needed_for(operator: Operator) -> None:
    send, receive = trio.open_memory_channel[int](0)
    assert await operator(stream(receive)).take(0).collect() == []
    with pytest.raises(trio.BrokenResourceError):
        send.send_nowait(1)


@every
async def test_a_side_that_no_run_has_been_needed_for_has_gone(
    operator: Operator, tap, autojump_clock
) -> None:
    async with stream(tap.source(3)).broadcast(2) as (a, b):
        assert await operator(b).take(0).collect() == []
        with trio.fail_after(1000):
            assert await a.collect() == [0, 1, 2]
