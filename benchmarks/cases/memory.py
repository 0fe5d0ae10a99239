"""Growth of peak memory between ten thousand items and a million, for every operator."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import trio

from ..children import run_child
from ..model import CaseResult, Checked, Effort, Row, Tick
from ..verify import WrongResult
from .pipelines import Pipeline, pipelines

__all__ = ["CASES", "MemoryCase"]

SMALL = 10_000
MEBI = 1024 * 1024


@dataclass(frozen=True)
class MemoryCase:
    """A child process for each pipeline, which runs it with few items and then with many."""

    slug: str = "memory"
    title: str = "growth of peak memory over 1,000,000 items"
    must: float = 2.0
    #: What an allocator asks the system for, or gives back, without a reason in the pipeline.
    goal: float = 0.25
    child: Callable[..., Any] = run_child

    def check(self) -> list[Checked]:
        """Run every pipeline here, with a few items."""
        for pipeline in pipelines():
            n = 200
            found = trio.run(pipeline.run, n)
            if not pipeline.expected(n, found):
                raise WrongResult(self.slug, pipeline.name, f"{found} of {n} items")
        return [Checked(self.slug, pipeline.name, "right") for pipeline in pipelines()]

    def steps(self, effort: Effort) -> int:
        """One for each pipeline."""
        return len(pipelines())

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Measure as many pipelines at once as there are cores: memory is nobody else's business."""
        large = effort.pick(full=1_000_000, quick=100_000)
        grown: dict[str, dict[str, Any]] = {}
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            runs = {threads.submit(self._grow, pipeline, large): pipeline for pipeline in pipelines()}
            try:
                for run in as_completed(runs):
                    grown[runs[run].name] = run.result()
                    tick(runs[run].name)
            finally:
                threads.shutdown(cancel_futures=True)
        in_order = {pipeline.name: grown[pipeline.name] for pipeline in pipelines()}
        return CaseResult(self.slug, self.title, self._rows(in_order, large), {"pipelines": in_order})

    def _grow(self, pipeline: Pipeline, large: int) -> dict[str, Any]:
        small, large = int(SMALL * pipeline.share), int(large * pipeline.share)
        found = self.child("-m", "benchmarks.memory_child", pipeline.name, str(small), str(large))
        if not found["right"]:
            raise WrongResult(self.slug, pipeline.name, f"a wrong count for {small} or {large} items")
        return {"items": [small, large], **found}

    def _rows(self, grown: dict[str, dict[str, Any]], large: int) -> list[Row]:
        growth = {name: (found["large"] - found["small"]) / MEBI for name, found in grown.items()}
        worst = max(growth, key=lambda name: growth[name])
        over_all = Row(
            self.slug,
            f"growth of peak memory from {SMALL:,} to {large:,} items, every operator and open_worker_pool",
            worst,
            "MiB",
            growth[worst],
            low=min(growth.values()),
            high=growth[worst],
            must=self.must,
            goal=self.goal,
            goal_text="none (at most 0.25 MiB, the allocator's own noise)",
            note=f"the most of {len(growth)} pipelines ({worst}); {grown[worst]['from']} in a child for each",
        )
        return [over_all, *[self._row(name, growth[name], grown[name]["items"]) for name in grown]]

    def _row(self, name: str, growth: float, items: list[int]) -> Row:
        return Row(
            self.slug,
            f"peak memory, {name}",
            name,
            "MiB",
            growth,
            low=growth,
            high=growth,
            note=f"from {items[0]:,} to {items[1]:,} items",
        )


CASES = (MemoryCase(),)
