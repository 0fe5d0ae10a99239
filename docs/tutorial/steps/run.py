"""Run steps under virtual time: python docs/tutorial/steps/run.py ch1_one_task.

Without a name it runs them all, in order. The pages show what this prints.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import trio
from trio.testing import MockClock

HERE = Path(__file__).parent


def run(name: str) -> None:
    module = importlib.import_module(name)
    real_time = getattr(module, "REAL_TIME", False)
    clock = None if real_time else MockClock(autojump_threshold=0)
    trio.run(module.main, clock=clock)


if __name__ == "__main__":
    every = sorted(
        path.stem for path in HERE.glob("ch*.py") if not path.stem.startswith("ch8")
    )
    for name in sys.argv[1:] or every:
        print(f"--- {name}")
        run(name.removesuffix(".py"))
