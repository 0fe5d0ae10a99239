"""``limiter_contract``: what everything promises that may stand where ``limit=`` does."""

from __future__ import annotations

from collections.abc import Callable

from ..._core.arguments import check_callable
from ..._core.limiter import Limiter
from .base import Contract, build_suite
from .limiter_basics import TakingTokens
from .limiter_queue import WaitingForTokens
from .limiter_use import UseOfTokens

__all__ = ["limiter_contract"]


class LimiterContract(UseOfTokens, WaitingForTokens, TakingTokens):
    """What everything promises that may stand where ``limit=`` does."""


def limiter_contract(factory: Callable[[int], Limiter], *, max_points: int | None = None) -> type[Contract]:
    """Return the tests of a limiter: of what may stand where ``limit=`` does, as `trio.CapacityLimiter` may.

    Such an object has ``acquire_on_behalf_of``, ``acquire_on_behalf_of_nowait`` and ``release_on_behalf_of``.
    The cases say what the library relies on: never more tokens out than there are, first come first served,
    and a waiter that is cancelled, at whatever point, costs no token. Then they use it as ``limit=``.

    A limiter that changes its capacity by what it sees passes if it starts with ``total`` and stays there
    while all goes well.

    Synopsis::

        TestMyLimiter = limiter_contract(MyLimiter)

        TestOneThatHasOptions = limiter_contract(lambda total: MyLimiter(total, name="test"))

    Without pytest:

    >>> import trio
    >>> from trio_patterns.testing import limiter_contract
    >>> for case in limiter_contract(trio.CapacityLimiter).cases():
    ...     case()

    Args:
      factory: Called as ``factory(total)``, within a run of trio, with an int >= 1; gives a new limiter with
        that many tokens.
      max_points: Points at which a case is cancelled at most, int >= 1; None tries all.

    Returns:
      A `Contract`, to be given a name that begins with ``Test``.

    Raises:
      TypeError: if ``factory`` is not callable.
      ValueError: if ``max_points`` is below 1.

    Cost:
      18 cases, about 0.4 s.

    See Also:
      `rate_limiter_contract`, `trio_patterns.backpressure.bounded_map`.
    """
    check_callable("factory", factory, "a function that makes a limiter")
    return build_suite(LimiterContract, "LimiterContract", factory=factory, max_points=max_points)
