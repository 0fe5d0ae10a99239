"""Types that `_core` promises."""

from typing import assert_type

import trio

from trio_patterns._core.arguments import check_limit
from trio_patterns._core.limiter import Limiter


def check_limiters() -> None:
    assert_type(check_limit("limit", 3), int | Limiter)
    limiter: Limiter = trio.CapacityLimiter(3)
    del limiter
