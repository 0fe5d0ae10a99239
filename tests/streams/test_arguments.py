"""Bad arguments of the operators and sinks fail at the call, by name; and what holds if nothing is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.streams import Stream, stream

FUNCTION = "must be a function, plain or async, got 3"
LIMIT = "must be an int >= 1 or a trio.CapacityLimiter, got"
POSITIVE = "must be a number of seconds > 0 and finite, got 0"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.map(3), f"fn {FUNCTION}"),
        (lambda s: s.map(print, 0), f"limit {LIMIT} 0"),
        (lambda s: s.filter(3), f"predicate {FUNCTION}"),
        (lambda s: s.filter_map(3), f"fn {FUNCTION}"),
        (lambda s: s.flat_map(3), f"fn {FUNCTION}"),
        (lambda s: s.flat_map(print, 0), f"limit {LIMIT} 0"),
        (lambda s: s.offload(3), "fn must be a plain (not async) function, got 3"),
        (lambda s: s.offload(print, 0), f"limit {LIMIT} 0"),
        (lambda s: s.on_each(3), f"fn {FUNCTION}"),
        (lambda s: s.enumerate(True), "start must be an int, got True"),
        (lambda s: s.scan(3, 0), f"fn {FUNCTION}"),
        (lambda s: s.distinct(3), f"key {FUNCTION}"),
        (lambda s: s.progress(3), f"report {FUNCTION}"),
        (
            lambda s: s.progress(print, every="1"),
            "every must be a number of seconds >= 0 and finite, got '1'",
        ),
        (lambda s: s.progress(print, total=-1), "total must be an int >= 0, got -1"),
        (lambda s: s.take(-1), "n must be an int >= 0, got -1"),
        (lambda s: s.skip(-1), "n must be an int >= 0, got -1"),
        (lambda s: s.take_while(3), f"predicate {FUNCTION}"),
        (lambda s: s.skip_while(3), f"predicate {FUNCTION}"),
        (lambda s: s.take_until(3), "token must be a CancellationToken, got 3"),
        (lambda s: s.chunks(0), "size must be an int >= 1, got 0"),
        (lambda s: s.chunks(1, within=0), f"within {POSITIVE}"),
        (lambda s: s.buffer(-1), "n must be an int >= 0, got -1"),
        (lambda s: s.buffer(0, "error"), "n must be an int >= 1, got 0"),
        (
            lambda s: s.buffer(1, "drop"),
            "overflow must be 'wait' or 'drop_oldest' or 'drop_newest' or 'error', got 'drop'",
        ),
        (lambda s: s.timeout(0), f"seconds {POSITIVE}"),
        (lambda s: s.throttle(0), "rate must be a number > 0 and finite, got 0"),
        (lambda s: s.throttle(1, per=0), f"per {POSITIVE}"),
        (lambda s: s.throttle(1, burst=0), "burst must be an int >= 1, got 0"),
        (lambda s: s.debounce(0), f"seconds {POSITIVE}"),
        (lambda s: s.sample(0), f"period {POSITIVE}"),
        (lambda _: Stream.ticks(0), f"period {POSITIVE}"),
        (lambda s: s.broadcast(0), "n must be an int >= 1, got 0"),
        (lambda s: s.broadcast(1, -1), "buffer must be an int >= 0, got -1"),
        (lambda s: s.partition(3), f"predicate {FUNCTION}"),
        (
            lambda _: stream(3),  # type: ignore[arg-type]
            "source must be an iterable, an async iterable, a channel, or a function that gives one, got 3",
        ),
        (
            lambda s: stream([1], 2),  # type: ignore[call-overload]
            "stream() takes arguments only for a function, got (2,) for [1]",
        ),
    ],
)
def test_it_is_refused_by_name(call: Callable[[Stream[Any]], object], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        call(stream([1]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.for_each(3), f"fn {FUNCTION}"),
        (lambda s: s.for_each(print, 0), f"limit {LIMIT} 0"),
        (lambda s: s.reduce(3, 0), f"fn {FUNCTION}"),
        (lambda s: s.to_channel(3), "send_channel must be a trio.abc.SendChannel, got 3"),
    ],
)
async def test_so_do_the_sinks(call: Callable[[Stream[Any]], Any], message: str, tap) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        await call(stream(tap.source()))
    assert tap.pulled == 0


async def test_first_and_last_of_nothing() -> None:
    for call, name in ((Stream.empty().first, "first"), (Stream.empty().last, "last")):
        message = f"{name}() of an empty stream: pass default= if that may happen"
        with pytest.raises(LookupError, match=f"^{re.escape(message)}$"):
            await call()


@pytest.mark.parametrize(
    "run",
    [
        lambda s, fn: s.map(fn).drain(),
        lambda s, fn: s.flat_map(lambda item: stream([item]).map(fn)).drain(),
        lambda s, fn: s.for_each(fn),
    ],
    ids=["map", "flat_map", "for_each"],
)
async def test_one_at_a_time_unless_a_limit_is_given(run: Any, gauge, autojump_clock) -> None:
    await run(stream(range(4)), gauge.watch(lambda _: 1.0))
    assert (gauge.most, trio.current_time()) == (1, 4.0)


class Holding(Executor):
    """Lets calls begin, and ends them when it is told to."""

    def __init__(self) -> None:
        self.held: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.held.append(Future())
        return self.held[-1]


async def test_one_call_at_a_time_is_offloaded_unless_a_limit_is_given() -> None:
    executor = Holding()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream(range(3)).offload(abs, executor=executor).drain)
        for begun in (1, 2, 3):
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert len(executor.held) == begun
            executor.held[-1].set_result(None)


async def test_throttle_is_by_the_second_and_one_at_a_time(autojump_clock) -> None:
    times: list[float] = []
    await stream(range(5)).throttle(2).for_each(lambda _: times.append(trio.current_time()))
    assert times == [0, 0.5, 1, 1.5, 2]


async def test_a_buffer_waits_and_broadcast_has_none(tap, autojump_clock) -> None:
    assert await stream(range(100)).buffer(1).map(lambda x: x).collect() == list(range(100))
    assert await stream(range(3)).enumerate().collect() == [(0, 0), (1, 1), (2, 2)]
    async with stream(tap.source()).broadcast(1) as (side,), side.open() as items:
        assert await anext(items) == 0
        await trio.sleep(1)
        assert tap.pulled == 2, "one lies ready"
