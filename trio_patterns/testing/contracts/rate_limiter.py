"""``rate_limiter_contract``: what everything promises that lets so many pass per second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from ..._core.arguments import check_callable
from .base import Contract, build_suite, check_checkpoint, ensure, raising

__all__ = ["rate_limiter_contract"]

#: Times are sums of floats.
TINY = 1e-9


class RateLimiterContract(Contract):
    """What everything promises that lets so many pass per second."""

    factory: Any

    def test_a_burst_passes_at_once_and_then_one_at_a_time(self) -> None:
        """Evenly spaced by ``1 / rate``."""

        async def case() -> None:
            times = await _pass(self.factory(2.0, burst=3), 7)
            wanted = [0.0, 0.0, 0.0, 0.5, 1.0, 1.5, 2.0]
            _compare(
                times, wanted, "at 2 per second and a burst of 3, three pass at once, then one each 0.5 s"
            )

        self._run(case)

    def test_a_pause_saves_up_no_more_than_a_burst(self) -> None:
        """However long it was."""

        async def case() -> None:
            limiter = self.factory(2.0, burst=3)
            await trio.sleep(1000.0)
            times = await _pass(limiter, 5)
            _compare(times, [0.0, 0.0, 0.0, 0.5, 1.0], "after a long pause a burst passes at once, no more")

        self._run(case)

    def test_first_come_first_served(self) -> None:
        """Waiters pass in the order in which they asked."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=1)
            order: list[int] = []

            async def wait(n: int) -> None:
                await limiter.acquire()
                order.append(n)

            await limiter.acquire()
            async with trio.open_nursery() as nursery:
                for n in range(8):
                    nursery.start_soon(wait, n)
                    await wait_all_tasks_blocked()
            ensure(order == list(range(8)), "waiters pass first come, first served", order)

        self._run(case)

    def test_in_every_order_of_tasks_no_more_pass_than_the_rate_allows(self) -> None:
        """Of tasks that ask at the same time each passes in the end."""
        times: list[float] = []

        async def case() -> None:
            times.clear()
            limiter = self.factory(1.0, burst=2)
            begun = trio.current_time()

            async def wait() -> None:
                await limiter.acquire()
                times.append(trio.current_time() - begun)

            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(wait)
            _compare(times, [0.0, 0.0, 1.0, 2.0, 3.0], "no more pass than rate and burst allow")

        self._explore(case)

    def test_nowait_raises_would_block(self) -> None:
        """When there is no permit; what it raises costs none."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=2)
            limiter.acquire_nowait()
            limiter.acquire_nowait()
            for _ in range(3):
                with raising(trio.WouldBlock, "acquire_nowait raises WouldBlock when there is no permit"):
                    limiter.acquire_nowait()
            times = await _pass(limiter, 2)
            _compare(times, [1.0, 2.0], "a refused acquire_nowait costs no permit")

        self._run(case)

    def test_nowait_does_not_overtake(self) -> None:
        """The next permit belongs to who waits for it."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=1)
            limiter.acquire_nowait()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(limiter.acquire)
                await wait_all_tasks_blocked()
                with raising(trio.WouldBlock, "acquire_nowait does not overtake a waiter"):
                    limiter.acquire_nowait()

        self._run(case)

    def test_acquire_is_a_checkpoint_even_if_a_permit_is_there(self) -> None:
        """So a loop that always gets one at once starves nobody."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=2)
            await check_checkpoint("acquire", limiter.acquire)

        self._run(case)

    def test_a_block_is_an_acquire(self) -> None:
        """``async with`` takes one permit, gives none back, and lets an error through."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=1)
            begun = trio.current_time()
            for _ in range(2):
                with raising(LookupError, "an error goes through `async with limiter`"):
                    async with limiter:
                        raise LookupError
            _compare([trio.current_time() - begun], [1.0], "`async with limiter` spends one permit each time")

        self._run(case)

    def test_a_cancelled_waiter_costs_no_permit(self) -> None:
        """Those behind it move up."""

        async def case() -> None:
            limiter = self.factory(1.0, burst=1)
            await limiter.acquire()
            passed: list[float] = []
            begun = trio.current_time()

            async def give_up() -> None:
                with trio.move_on_after(0.5):
                    await limiter.acquire()

            async def wait() -> None:
                await limiter.acquire()
                passed.append(trio.current_time() - begun)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(give_up)
                await wait_all_tasks_blocked()
                nursery.start_soon(wait)
            _compare(passed, [1.0], "a cancelled waiter costs no permit: the next passes when it would have")

        self._run(case)

    def test_a_waiter_cancelled_at_any_point_costs_no_permit(self) -> None:
        """Cancelled at every point: afterwards as many pass as if it had never waited."""

        async def program() -> None:
            limiter = self.factory(1.0, burst=2)
            begun = trio.current_time()
            passed = 0

            async def wait() -> None:
                nonlocal passed
                await limiter.acquire()
                passed += 1

            try:
                async with trio.open_nursery() as nursery:
                    for _ in range(4):
                        nursery.start_soon(wait)
            finally:
                with trio.CancelScope(shield=True):
                    # The next permit is due when rate and burst say so, counting those that passed.
                    await limiter.acquire()
                    now = trio.current_time() - begun
                    ensure(
                        now <= max(passed - 1.0, 0.0) + TINY,
                        "a cancelled waiter costs no permit",
                        f"{passed} had passed, and the next had to wait until second {now:g}",
                    )

        self._sweep(program)


async def _pass(limiter: Any, count: int) -> list[float]:
    """Pass some times, and return the seconds until each."""
    begun = trio.current_time()
    times: list[float] = []
    for _ in range(count):
        await limiter.acquire()
        times.append(trio.current_time() - begun)
    return times


def _compare(times: list[float], wanted: list[float], promise: str) -> None:
    same = len(times) == len(wanted) and all(
        abs(time - expected) < TINY for time, expected in zip(times, wanted, strict=True)
    )
    ensure(same, promise, f"they passed at {times}, not at {wanted}")


def rate_limiter_contract(factory: Callable[..., Any], *, max_points: int | None = None) -> type[Contract]:
    """Return the tests of a rate limiter: of what may be used as `trio_patterns.backpressure.RateLimiter` is.

    That is an object with ``acquire``, ``acquire_nowait`` and ``async with``. A permit is spent, not
    borrowed, so it is nothing for ``limit=``; for that there is `limiter_contract`.

    Synopsis::

        TestMyRateLimiter = rate_limiter_contract(MyRateLimiter)

    Without pytest:

    >>> from trio_patterns.backpressure import RateLimiter
    >>> from trio_patterns.testing import rate_limiter_contract
    >>> for case in rate_limiter_contract(RateLimiter).cases():
    ...     case()

    Args:
      factory: Called as ``factory(rate, burst=burst)``, within a run of trio, with permits per second and an
        int >= 1; gives a new rate limiter on trio's clock.
      max_points: Points at which a case is cancelled at most, int >= 1; None tries all.

    Returns:
      A `Contract`, to be given a name that begins with ``Test``.

    Raises:
      TypeError: if ``factory`` is not callable.
      ValueError: if ``max_points`` is below 1.

    Cost:
      10 cases, about 0.3 s.

    See Also:
      `limiter_contract`.
    """
    check_callable("factory", factory, "a function that makes a rate limiter")
    return build_suite(RateLimiterContract, "RateLimiterContract", factory=factory, max_points=max_points)
