"""What a run leaves behind: ``results.json`` with everything, and ``table.md`` for the documentation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import wording
from .model import CaseResult, Row

__all__ = ["Report", "write_report"]


@dataclass(frozen=True)
class Report:
    """A whole run.

    Attributes:
      quick: Whether it was a quick run, whose numbers are rough.
      machine: What it ran on, and when.
      versions: Python, trio, the library and the peers.
      results: The cases in order.
    """

    quick: bool
    machine: dict[str, str]
    versions: dict[str, str]
    results: Sequence[CaseResult]

    @property
    def rows(self) -> list[Row]:
        """The rows of all cases."""
        return [row for result in self.results for row in result.rows]

    @property
    def missed(self) -> list[Row]:
        """The rows whose floor was not reached."""
        return [row for row in self.rows if row.verdict == "missed"]

    def as_json(self) -> dict[str, Any]:
        """Everything, fit for JSON."""
        return {
            "quick": self.quick,
            "machine": self.machine,
            "versions": self.versions,
            "cases": [
                {
                    "slug": result.slug,
                    "title": result.title,
                    "rows": [{**asdict(row), "verdict": row.verdict} for row in result.rows],
                    **result.data,
                }
                for result in self.results
            ],
        }

    def as_markdown(self) -> str:
        """Tables for the documentation: the targets, what is for information, every contender."""
        judged = [row for row in self.rows if row.must is not None]
        other = [row for row in self.rows if row.must is None]
        parts = [self._origin()]
        if judged:
            cells = [
                [
                    row.title,
                    wording.bound(row.must, row.unit),
                    wording.goal(row),
                    wording.measured(row),
                    wording.spread_of(row),
                    _strong(wording.verdict(row)),
                ]
                for row in judged
            ]
            parts += [
                _part("targets"),
                _table(["Case", "Floor", "Goal", "Measured", "Spread", "Verdict"], cells),
            ]
        if other:
            cells = [[row.title, wording.measured(row), wording.spread_of(row), row.note] for row in other]
            parts += [_part("comparison"), _table(["Case", "Measured", "Spread", "Note"], cells)]
        timed = [
            [
                result.slug,
                one["name"],
                one["loop"],
                _microseconds(one["microseconds_each"]),
                result.data["unit"],
            ]
            for result in self.results
            for one in result.data.get("contenders", [])
        ]
        if timed:
            parts += [
                _part("contenders"),
                _table(["Case", "Contender", "Loop", "Microseconds", "Per"], timed),
            ]
        parts += [
            _part("versions"),
            _table(["Package", "Version"], [[name, found] for name, found in self.versions.items()]),
        ]
        return "\n\n".join(parts) + "\n"

    def _origin(self) -> str:
        machine = self.machine
        kind = "Quick run, so the numbers are rough: measured" if self.quick else "Measured"
        return (
            f"{kind} on {machine['date']} on {machine['cpu']}, {machine['cores']} cores, "
            f"{machine['system']}, with {self.versions['Python']} and trio {self.versions['trio']}. "
            "Times are CPU time of the process, except for threads and imports, where they are wall time. "
            "Ratios are medians of the ratios of single rounds; the spread is their quartiles."
        )


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write ``results.json`` and ``table.md`` into ``folder``, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n"
    texts = {"results.json": data, "table.md": report.as_markdown()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _part(name: str) -> str:
    # Invisible. The documentation shows the parts in different places.
    return f"<!-- {name} -->"


def _strong(text: str) -> str:
    return f"**{text}**" if text == "MISSED" else text


def _microseconds(value: float | None) -> str:
    return "not installed" if value is None else f"{value:.3g}"
