"""The documentation, built once for all tests that look at it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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
