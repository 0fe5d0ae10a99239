"""``on_each``: a look at each item on its way."""

from __future__ import annotations

import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.streams import Stream, stream


@given(items=st.lists(st.integers() | st.none()))
def test_the_items_pass_as_they_are(items: list[int | None]) -> None:
    seen: list[int | None] = []

    async def look_slowly(item: int | None) -> str:
        await trio.sleep(1)
        seen.append(item)
        return "dropped"

    async def main() -> None:
        assert await stream(items).on_each(seen.append).collect() == seen == items
        seen.clear()
        assert await stream(items).on_each(look_slowly).collect() == seen == items
        assert trio.current_time() == len(items)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_the_very_object_passes_when_the_function_is_done_with_it(autojump_clock) -> None:
    item = [1]
    log: list[str] = []

    async def fill(numbers: list[int]) -> None:
        await trio.sleep(1)
        numbers.append(2)
        log.append("filled")

    found = await Stream.of(item).on_each(fill).on_each(lambda _: log.append("below")).collect()
    assert found[0] is item
    assert item == [1, 2]
    assert log == ["filled", "below"]


async def test_it_sees_only_what_is_asked_for(tap) -> None:
    seen: list[int] = []
    assert await stream(tap.source()).on_each(seen.append).take(2).collect() == [0, 1]
    assert seen == [0, 1]


async def test_a_new_type_of_result_for_each_item_does_not_fill_the_memory() -> None:
    """Types whose results need no await are remembered, but not without end."""
    assert await stream(range(300)).on_each(lambda item: type(f"T{item}", (), {})()).count() == 300
