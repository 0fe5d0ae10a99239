from trio_patterns.testing import MarbleFailure, check_marbles


async def main() -> None:
    try:
        await check_marbles("abc|", lambda letters: letters.take(2), "abc|")
    except MarbleFailure as failure:
        assert failure.expected == "abc|"
        assert failure.result == "a(b|)"
        assert failure.second == 1  # there it ends instead of going on


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
