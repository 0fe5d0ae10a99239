import trio

from trio_patterns.testing import Place, Stalled, fail_when_stalled


async def main() -> None:
    try:
        with fail_when_stalled():
            await trio.sleep_forever()
    except Stalled as stalled:
        place: Place | None = stalled.graph.tasks[0].place
        assert place is not None
        assert (place.function, place.line) == ("main", 9)
        assert place.source == "await trio.sleep_forever()"
        assert str(place) == f"{place.file}:9 in main"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
