"""What ``import trio_patterns`` costs beyond ``import trio``, in fresh processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..children import run_child
from ..measure import spread
from ..model import CaseResult, Checked, Effort, Row, Tick
from ..verify import WrongResult

__all__ = ["CASES", "ImportCase"]

PACKAGE = "trio_patterns"
FAMILIES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry")

#: The code of the child: trio is not part of the time. ``sys.argv[1:]`` names what is.
CHILD = """
import json, sys, time
from importlib import import_module
import trio
began = time.perf_counter()
for name in sys.argv[1:]:
    import_module(name)
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "loaded": all(name in sys.modules for name in sys.argv[1:])}))
"""


@dataclass(frozen=True)
class ImportCase:
    """Medians of the time an import takes in a fresh process, byte code in place."""

    slug: str = "import"
    title: str = "import time of trio_patterns beyond import trio"
    must: float = 25.0
    goal: float = 10.0
    child: Callable[..., Any] = run_child

    def check(self) -> list[Checked]:
        """Import everything once."""
        self._milliseconds("every family", self._contenders()["every family"])
        return [Checked(self.slug, name, "right") for name in self._contenders()]

    def steps(self, effort: Effort) -> int:
        """One for each process."""
        return len(self._contenders()) * (1 + self._rounds(effort))

    def measure(self, effort: Effort, tick: Tick) -> CaseResult:
        """Warm the byte code and the disk's cache up, then import each in turn."""
        times: dict[str, list[float]] = {name: [] for name in self._contenders()}
        for number in range(1 + self._rounds(effort)):
            for name, modules in self._contenders().items():
                found = self._milliseconds(name, modules)
                if number:
                    times[name].append(found)
                tick(name)
        rows = [self._row(name, found) for name, found in times.items()]
        return CaseResult(self.slug, self.title, rows, {"milliseconds": times})

    def _contenders(self) -> dict[str, list[str]]:
        families = {f"{PACKAGE}.{name}": [f"{PACKAGE}.{name}"] for name in FAMILIES}
        everything = [name for names in families.values() for name in names]
        return {PACKAGE: [PACKAGE], "every family": everything, **families}

    def _rounds(self, effort: Effort) -> int:
        return effort.pick_rounds(full=15, quick=5)

    def _milliseconds(self, name: str, modules: list[str]) -> float:
        found = self.child("-c", CHILD, *modules)
        if not found["loaded"]:
            raise WrongResult(self.slug, name, "it is not loaded after the import")
        return float(found["seconds"] * 1000)

    def _row(self, name: str, milliseconds: list[float]) -> Row:
        found = spread(milliseconds)
        judged = name == PACKAGE
        return Row(
            self.slug,
            self.title if judged else f"import time of {name}, beyond import trio",
            name,
            "ms",
            found.median,
            low=found.low,
            high=found.high,
            must=self.must if judged else None,
            goal=self.goal if judged else None,
        )


CASES = (ImportCase(),)
