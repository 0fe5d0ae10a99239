"""The documentation, built once for all tests that look at it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Site:
    """A built site and what Sphinx said while it built it."""

    html: Path
    exit_status: int
    messages: str

    @property
    def pages(self) -> list[Path]:
        """Every HTML page, the generated ones too."""
        return sorted(self.html.rglob("*.html"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build the documentation as CI does: every warning an error, every reference resolved."""
    pytest.importorskip("furo", reason="Sphinx and its theme are not installed: pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-b", "html"]
    command += ["-d", str(folder / "doctrees"), str(DOCS), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    return Site(folder / "html", done.returncode, done.stdout + done.stderr)


PATTERNS = DOCS / "patterns"
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def names_of() -> Callable[..., dict[str, object]]:
    """Give the function that runs some of a pattern page's Python and returns what it defines.

    Sybil runs the same snippets in the order of the page, which finds a name that is not there. With this,
    their functions can be called.
    """

    def names_of(page: str, *parts: str) -> dict[str, object]:
        namespace: dict[str, object] = {"trio": trio}
        text = (PATTERNS / f"{page}.md").read_text(encoding="utf-8")
        for part in parts:
            if part == "simplified":
                found = text.split("\n## How it works\n")[1].split("\n## ")[0]
            else:
                found = text.split(f":::{{tab-item}} {part}\n")[1].split("\n:::\n")[0]
            code = "\n".join(PYTHON_BLOCK.findall(found))
            exec(compile(code, f"{page}.md, {part}", "exec"), namespace)
        return namespace

    return names_of
