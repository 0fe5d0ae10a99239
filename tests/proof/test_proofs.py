"""Cancel every proof everywhere, let its waits fail, stop it in two stages, and run it in many orders."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.proof.effort import EFFORT
from tests.proof.proof import ALL, Boom, Proof, has
from trio_patterns.testing import cancel_sweep, explore

for _file in sorted(Path(__file__).parent.glob("of_*.py")):
    import_module(f"tests.proof.{_file.stem}")  # which registers its proofs

Record = Callable[[str, object], None]


def family(proof: type[Proof]) -> str:
    """Return the family of a proof in ``of_<family>.py`` or ``of_<family>_<topic>.py``."""
    return proof.__module__.rpartition(".of_")[2].partition("_")[0]


def named(*parts: str, threads: bool = True, faults: bool = False) -> list[Any]:
    """Return the proofs that have such a part, as parameters."""
    chosen = [
        proof
        for proof in ALL.values()
        if any(has(proof, part) for part in parts)
        and (threads or not proof.threads)
        and (proof.faults or not faults)
    ]
    return [pytest.param(proof, id=f"{family(proof)}-{proof.__name__}") for proof in chosen]


def most(proof: type[Proof], limit: int | None) -> int | None:
    """Return how many points to try, for a proof that gets its share of them only."""
    if proof.share == 1.0:
        return limit
    return int(min(limit or 500, 1000) * proof.share)


class Runs:
    """Gives the tools a program and a check without arguments, with a fresh proof in each run."""

    def __init__(self, proof: type[Proof]) -> None:
        self._make = proof
        self.proof = proof()
        self.proof.begin()

    def _fresh(self) -> Proof:
        self.proof = self._make()
        self.proof.begin()
        return self.proof

    async def program(self) -> None:
        await self._fresh().program()

    async def stopped(self, token: Any) -> None:
        await self._fresh().stopped(token)

    def check(self) -> None:
        self.proof.check()

    def check_whole(self) -> None:
        self.proof.check()
        self.proof.whole()


@pytest.mark.parametrize("proof", named("program"))
def test_cancelled_at_every_point(proof: type[Proof], record_property: Record) -> None:
    runs = Runs(proof)
    points = most(proof, EFFORT.points)
    for seed in range(EFFORT.seeds):
        report = cancel_sweep(
            runs.program, check=runs.check, within=proof.within, max_points=points, seed=seed
        )
        record_property(f"{family(proof)}: points", report.points)
        assert report.cancelled > 0, "no run was cut short"
        assert proof.threads or report.missed == 0


@pytest.mark.parametrize("proof", named("program", faults=True))
def test_every_wait_fails(proof: type[Proof], record_property: Record) -> None:
    runs = Runs(proof)
    points = most(proof, EFFORT.points)
    report = cancel_sweep(runs.program, check=runs.check, within=proof.within, max_points=points, fault=Boom)
    record_property(f"{family(proof)}: faults", report.points)


@pytest.mark.parametrize("proof", named("stopped"))
def test_stopped_softly_then_hard(proof: type[Proof], record_property: Record) -> None:
    runs = Runs(proof)
    pairs = most(proof, EFFORT.pairs)
    report = cancel_sweep(
        runs.stopped, check=runs.check, within=proof.within, max_points=pairs, two_stage=True
    )
    record_property(f"{family(proof)}: pairs", report.points)


@pytest.mark.parametrize("strategy", ["random", "pct", "exhaustive"])
@pytest.mark.parametrize("proof", named("program", threads=False))
def test_in_many_orders(proof: type[Proof], strategy: Any, record_property: Record) -> None:
    runs = Runs(proof)
    schedules = getattr(EFFORT, strategy)
    report = explore(runs.program, check=runs.check_whole, strategy=strategy, schedules=schedules)
    record_property(f"{family(proof)}: schedules", report.schedules)
    record_property(f"{family(proof)}: different schedules", report.distinct)
    record_property(f"{family(proof)}: complete", int(report.complete))
