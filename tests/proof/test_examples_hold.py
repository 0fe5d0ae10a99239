"""The examples, cancelled everywhere and run in many orders: what people copy must hold."""

from __future__ import annotations

import contextlib
import io

import pytest

from examples._catalogue import Example, find_examples
from examples._runner import load
from tests.proof.effort import EFFORT, QUICK
from trio_patterns.testing import cancel_sweep, explore


def virtual(example: Example) -> bool:
    """Tell whether an example knows nothing but virtual time: no threads, and no signals sent to itself."""
    source = example.path.read_text(encoding="utf-8")
    return "REAL_TIME = True" not in source and "signal" not in source


EXAMPLES = [example for example in find_examples() if virtual(example)]
RIGHT = [example for example in EXAMPLES if not example.broken]


class Script:
    """Runs an example afresh each time, and keeps what it printed."""

    def __init__(self, example: Example) -> None:
        self._example = example
        self._golden = example.golden.read_text(encoding="utf-8")
        self._printed = io.StringIO()

    async def main(self) -> None:
        self._printed = io.StringIO()
        with contextlib.redirect_stdout(self._printed), load(self._example.path) as module:
            await module.main()

    def check(self) -> None:
        assert self._printed.getvalue() == self._golden


@pytest.mark.parametrize("example", RIGHT, ids=[example.slug for example in RIGHT])
def test_cancelled_anywhere(example: Example) -> None:
    """Nothing escapes, nothing is left, and it ends."""
    cancel_sweep(Script(example).main, max_points=20 if EFFORT is QUICK else 300)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.slug for example in EXAMPLES])
def test_prints_the_same_in_every_order(example: Example) -> None:
    """The broken ones too: what they do wrong is no chance."""
    script = Script(example)
    explore(script.main, check=script.check, schedules=EFFORT.random // 5)
