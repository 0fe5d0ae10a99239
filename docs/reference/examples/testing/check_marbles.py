from trio_patterns.testing import check_marbles


async def main() -> None:  # in a test: async def test_search_box(autojump_clock)
    # A character is a second: what was typed last, once two seconds are quiet.
    await check_marbles("ab--c|", lambda keys: keys.debounce(2), "---b-(c|)")
    await check_marbles(
        ["a-c|", "-b-|"], lambda left, right: left.merge(right), "abc|"
    )


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
