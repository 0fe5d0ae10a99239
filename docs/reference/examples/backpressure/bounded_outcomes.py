import outcome
import trio

from trio_patterns.backpressure import bounded_outcomes


async def read(sensor: str) -> float:
    await trio.sleep(1)
    return {"attic": 31.5, "cellar": 12.0}[sensor]


async def main() -> None:
    found = {}
    sensors = ["attic", "garden", "cellar"]
    results = await bounded_outcomes(read, sensors, limit=2)
    for sensor, result in zip(sensors, results, strict=True):
        match result:
            case outcome.Value(degrees):
                found[sensor] = degrees
            case outcome.Error(error):
                found[sensor] = repr(error)
    assert found == {"attic": 31.5, "garden": "KeyError('garden')", "cellar": 12.0}


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
