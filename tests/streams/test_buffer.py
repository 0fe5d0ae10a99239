"""``buffer``: what comes of failures and of the end where the steps above run in a task of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
import trio._core._run as trio_run
import trio.testing

from trio_patterns.streams import stream


class FailingCleanup:
    """A source of 0, 1, 2, ... that fails when it is closed."""

    def __init__(self, gap: float = 0.0) -> None:
        self.gap = gap

    async def items(self) -> AsyncIterator[int]:
        try:
            for i in range(1000):
                await trio.sleep(self.gap)
                yield i
        finally:
            raise KeyError("cleanup")


@pytest.mark.parametrize("n", [0, 3])
@pytest.mark.parametrize("gap", [0.0, 1.0], ids=["waits for room", "waits for its source"])
async def test_a_failing_cleanup_after_an_early_stop_is_raised(n: int, gap: float, autojump_clock) -> None:
    with pytest.raises(KeyError, match="cleanup") as caught:
        await stream(FailingCleanup(gap).items).buffer(n).take(2).collect()
    assert caught.value.__cause__ is None


async def test_a_failing_cleanup_and_a_failing_sink_are_both_raised(autojump_clock) -> None:
    def fail(item: int) -> None:
        raise ValueError("sink")

    with pytest.raises(ExceptionGroup) as caught:
        await stream(FailingCleanup(1.0).items).buffer(3).for_each(fail)
    assert caught.group_contains(ValueError, match="sink")
    assert caught.group_contains(KeyError, match="cleanup")


@pytest.mark.parametrize("seed", range(8))
def test_a_failing_cleanup_of_a_cancelled_stream_is_raised(seed: int) -> None:
    """Whichever of the two tasks sees the cancellation first."""

    async def main() -> None:
        with pytest.raises(KeyError, match="cleanup"), trio.move_on_after(2.5):
            await stream(FailingCleanup(1.0).items).buffer(3).drain()

    trio_run._r.seed(seed)
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_failure_behind_the_last_item_that_is_wanted_has_not_come_to_pass(
    tap, autojump_clock
) -> None:
    async def slow(item: int) -> int:
        await trio.sleep(1)
        return item

    source = stream(tap.source(3, error=KeyError("source"))).buffer(10)
    assert await source.map(slow).take(2).collect() == [0, 1]
    assert tap.closed_at == [0.0]
