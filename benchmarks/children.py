"""Fresh Python processes, for what can be measured only once in a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

__all__ = ["run_child"]


def run_child(*arguments: str) -> Any:
    """Run ``python *arguments`` and return the JSON on its standard output.

    The child sees the modules that this process sees, so it measures the same copy of the library.

    Raises:
      RuntimeError: if it fails, with what it said.
    """
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} failed:\n{done.stderr.strip()}")
    return json.loads(done.stdout)
