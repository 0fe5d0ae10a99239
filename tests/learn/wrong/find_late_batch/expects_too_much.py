"""Says: Your test fails for an operator that is right."""

import trio
from trio.testing import MockClock

from trio_patterns.testing import check_marbles


def check_batches(operator):
    async def test():
        await check_marbles("a-b--c|", operator, "-----X(Y|)", values={"X": ["a", "b"], "Y": ["c"]})

    trio.run(test, clock=MockClock(autojump_threshold=0))
