import outcome
import trio

from trio_patterns.backpressure import bounded_outcomes


async def read(sensor: str) -> float:
    await trio.sleep(1)
    return {"attic": 31.5}[sensor]


async def main() -> None:
    sensors = ["attic", "garden"]
    attic, garden = await bounded_outcomes(read, sensors, limit=2)
    assert attic == outcome.Value(31.5)
    match garden:  # its failure has not touched the other call
        case outcome.Error(error):
            assert repr(error) == "KeyError('garden')"
    assert trio.current_time() == 1


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
