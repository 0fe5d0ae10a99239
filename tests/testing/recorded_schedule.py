"""A program that few orders break, for tests in other processes; prints problem, replay and steps as JSON."""

from __future__ import annotations

import json
import sys

import trio

from trio_patterns.testing import ExploreFailure, explore

#: Orders that break it, written down by Python 3.11 with trio 0.35. They must do so everywhere.
RECORDED = {True: "fair:0x4.2", False: "free:0x2.2.0.2"}


class Runners:
    """Three of them wait for the gate, and finish in some order."""

    def __init__(self) -> None:
        self.order = ""

    async def run(self, name: str, gate: trio.Event) -> None:
        await gate.wait()
        await trio.lowlevel.checkpoint()
        self.order += name

    async def program(self) -> None:
        self.order = ""
        gate = trio.Event()
        async with trio.open_nursery() as nursery:
            for name in "abc":
                nursery.start_soon(self.run, name, gate)
            await trio.sleep(1)
            gate.set()

    def check(self) -> bool:
        return self.order != "cab"


def broken_by(replay: str | None, *, fair: bool = True) -> ExploreFailure | None:
    """Return the failure that an order, or a search, ends with."""
    runners = Runners()
    try:
        explore(runners.program, check=runners.check, replay=replay, fair=fair)
    except ExploreFailure as failure:
        return failure
    return None


def told(failure: ExploreFailure | None) -> list[object]:
    """Say what must be the same everywhere."""
    assert failure is not None, "the order breaks nothing"
    steps = [[name, place.line if place else 0] for name, place in failure.steps]
    return [failure.problem, failure.replay, steps]


if __name__ == "__main__":
    print(json.dumps(told(broken_by(sys.argv[1]))))
