import outcome

from trio_patterns.testing import MarbleError, check_marbles


def shown(reading: outcome.Outcome[str]) -> str:
    match reading:
        case outcome.Error(MarbleError()):  # what a # in a source raises
            return "!"
        case _:
            return reading.unwrap()


async def main() -> None:
    await check_marbles("a-#", lambda letters: letters, "a-#")  # it comes out
    await check_marbles(
        "a-#", lambda letters: letters.outcomes().map(shown), "a-(!|)"
    )


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
