"""Where the examples of public names are, and what a page shows of one. Tests without Sphinx use it too."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path

ROOT = "trio_patterns"
PACKAGES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry", "testing", "timeline")
EXAMPLES = Path(__file__).parents[1] / "reference" / "examples"
END = "# ---"


@cache
def names_of(package: str) -> tuple[str, ...]:
    """Return the public names of a package."""
    return tuple(importlib.import_module(f"{ROOT}.{package}").__all__)


def example_file(package: str, name: str) -> Path:
    """Return where the example of a name is.

    A name gets an underscore where its file would hide a module of Python's from the programs beside it, or
    would be the file of another name on a disk that does not tell ``Mark`` from ``mark``.
    """
    hides = name in sys.stdlib_module_names
    twice = name != name.lower() and name.lower() in names_of(package)
    return EXAMPLES / package / f"{name}{'_' if hides or twice else ''}.py"


def shown(text: str) -> str:
    """Return the part of an example that a reader is to see."""
    return text.partition(f"\n{END}\n")[0].strip("\n")
