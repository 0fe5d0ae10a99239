import trio

from trio_patterns.spawning import Selected, select


async def paid() -> str:
    return "by card"


async def shipped() -> str:
    return "by train"


async def main() -> None:
    first: Selected[str] = await select(paid=paid, shipped=shipped)
    assert first.name == "paid"  # of those that end together, the first in the call
    assert first.value == "by card"
    assert first.others == {"shipped": "by train"}  # nothing that came is lost
    name, value = first  # it is a pair, too
    assert (name, value) == ("paid", "by card")


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
