"""Context variables set by one item's function are not seen by the next, nor by the caller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

import pytest
import trio

from trio_patterns.streams import stream

current = ContextVar("current", default="nobody")


async def mark(item: int) -> str:
    before = current.get()
    current.set(f"item {item}")
    await trio.lowlevel.checkpoint()
    assert current.get() == f"item {item}", "within one item the variable holds"
    return before


@pytest.mark.parametrize("fed", [False, True], ids=["direct", "fed"])
@pytest.mark.parametrize(("limit", "ordered"), [(1, True), (3, True), (3, False)])
async def test_the_next_item_starts_with_the_callers_values(
    limit: int, ordered: bool, fed: bool, tap
) -> None:
    token = current.set("caller")
    source = stream(tap.source(9)) if fed else stream(range(9))
    assert await source.map(mark, limit=limit, ordered=ordered).collect() == ["caller"] * 9
    assert current.get() == "caller"
    current.reset(token)  # the caller's own context object is still there, so its tokens are valid
    assert current.get() == "nobody"


async def test_also_when_the_run_fails_or_is_cancelled(autojump_clock) -> None:
    def fail(item: int) -> None:
        current.set("leak")
        raise ValueError

    token = current.set("caller")
    with pytest.raises(ValueError):
        await stream([1]).for_each(fail)
    assert current.get() == "caller"

    async def hang(item: int) -> None:
        current.set("leak")
        await trio.sleep_forever()

    with trio.move_on_after(1):
        await stream([1]).for_each(hang)
    assert current.get() == "caller"
    current.reset(token)


@pytest.mark.parametrize(
    "chain",
    [
        lambda s: s.map(mark),
        lambda s: s.buffer(2).map(mark),
        lambda s: s.chunks(1, within=1.0).map(lambda batch: mark(batch[0])),
        lambda s: s.chunks(5, within=0.5).map(lambda batch: mark(batch[0])),
        lambda s: s.merge([]).map(mark),
        lambda s: s.zip(range(9)).map(lambda pair: mark(pair[0])),
        lambda s: s.map(lambda x: x, limit=3).map(mark),
        lambda s: s.map(lambda x: x, limit=3, ordered=False).map(mark),
        lambda s: s.flat_map(lambda x: [x], limit=2).map(mark),
        lambda s: s.flat_map(lambda x: stream([x, x]).map(mark), limit=2),
        lambda s: s.flat_map(lambda x: stream([x, x]).map(mark)),
    ],
)
@pytest.mark.parametrize("kind", ["list", "agen", "channel", "ticks"])
async def test_behind_every_kind_of_source_and_step(kind: str, chain, autojump_clock) -> None:
    async def agen() -> AsyncIterator[int]:
        for i in range(4):
            await trio.sleep(1)
            yield i

    send, receive = trio.open_memory_channel[int](4)
    with send:
        for i in range(4):
            send.send_nowait(i)
    source = {
        "list": stream([0, 1, 2, 3]),
        "agen": stream(agen),
        "channel": stream(receive),
        "ticks": stream([0]).flat_map(lambda _: type(stream([])).ticks(1.0)).take(4),
    }[kind]
    assert set(await chain(source).collect()) == {"nobody"}


async def test_what_the_source_sets_is_the_sources_business() -> None:
    """A plain loop would show the loop's body what the generator has set; so does a stream."""

    def plain() -> Iterator[int]:
        current.set("source")
        yield 0
        assert current.get() == "source"
        yield 1

    async def agen() -> AsyncIterator[int]:
        for item in plain():
            yield item

    for source in (plain, agen):
        assert await stream(source).map(lambda _: current.get()).collect() == ["source", "source"]
        assert await stream(source).map(mark).collect() == ["source", "source"]
    assert current.get() == "nobody"


@pytest.mark.parametrize("ordered", [True, False])
async def test_behind_a_limit_what_the_source_sets_does_not_pass_from_item_to_item(ordered: bool) -> None:
    """Any of several tasks may pull the next item, so what one of them has seen must not matter."""

    def sometimes() -> Iterator[int]:
        for item in range(9):
            if item % 3 == 0:
                current.set(f"source {item}")
            yield item

    async def see(item: int) -> tuple[int, str]:
        await trio.lowlevel.checkpoint()
        return item, current.get()

    async def fed() -> AsyncIterator[int]:
        for item in sometimes():
            yield item

    seen = await stream(sometimes()).map(see, limit=3, ordered=ordered).collect()
    assert sorted(seen) == [(i, "nobody" if i % 3 else f"source {i}") for i in range(9)]
    seen = await stream(fed).map(see, limit=3, ordered=ordered).collect()
    assert sorted(seen) == [(i, "nobody") for i in range(9)]
