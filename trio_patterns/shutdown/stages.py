"""The stages of a shutdown, run by tasks that stand outside of what they cancel."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from signal import Signals
from typing import Final, final

import trio

from .._core.groups import leaves
from .cancellation_token import CancellationToken
from .report import CutOffTask, ShutdownReport, describe
from .signals import deliver_all
from .task_ledger import TaskLedger

__all__ = ["Stages"]

LOGGER: Final = logging.getLogger("trio_patterns.shutdown")

#: Seconds between two log lines that name the tasks which block their cancellation.
BLOCKED_LOG_INTERVAL: Final = 5.0


@final
class Stages:
    """Waits for the shutdown of one nursery, lets the tasks finish, cuts off what overruns, and reports."""

    def __init__(
        self,
        grace_period: float,
        signals: tuple[Signals, ...],
        token: CancellationToken,
        ledger: TaskLedger,
    ) -> None:
        self._grace_period = grace_period
        self._signals = signals
        self._token = token
        self._ledger = ledger

        self._began_at: float | None = None
        self._began = trio.Event()
        self._force = trio.Event()  # the second signal
        self._blocked_scope = trio.CancelScope(shield=True)
        self._signals_seen = 0
        self._first_signal: Signals | None = None
        self._forced = False
        self._overran: tuple[CutOffTask, ...] = ()

    def open(self, watchers: trio.Nursery, receiver: AsyncIterator[int] | None) -> None:
        """Start watching; ``receiver`` gives the signals."""
        self._unregister = self._token._on_cancel(self._note_beginning)
        watchers.start_soon(self._supervise)
        watchers.start_soon(self._name_the_blocked)
        if receiver is not None:
            watchers.start_soon(self._listen, receiver)

    async def close(self, watchers: trio.Nursery) -> None:
        """Stop watching: the tasks have ended."""
        if self._signals:
            await deliver_all(self._signals)
        self._unregister()
        self._blocked_scope.cancel()
        watchers.cancel_scope.cancel(reason="the graceful nursery has ended")

    def report(self, error: BaseException | None) -> ShutdownReport:
        """Say how it ended; ``error`` is what the block raises."""
        reason = None if error is None else _why(error)
        if self._began_at is not None:
            reason = self._reason()
        report = ShutdownReport(
            reason=reason,
            duration=0.0 if self._began_at is None else trio.current_time() - self._began_at,
            finished=self._ledger.finished,
            clean=error is None and not self._overran,
            forced=self._forced,
            overran=self._overran,
            signal=self._first_signal,
        )
        if self._began_at is not None:
            LOGGER.info("shutdown: %s", report)
        return report

    def _reason(self) -> str:
        return self._token.reason or "the token was cancelled"

    def _note_beginning(self) -> None:
        self._began_at = trio.current_time()
        self._began.set()

    async def _supervise(self) -> None:
        try:
            await self._began.wait()
            await self._stop_in_stages()
        finally:
            self._ledger.cancelled.set()  # by an outer cancellation, if not by us

    async def _stop_in_stages(self) -> None:
        assert self._began_at is not None
        await trio.lowlevel.checkpoint()  # who only waited for the token is gone after this turn
        LOGGER.info(
            "shutdown begins (%s): %g s to finish; %s",
            self._reason(),
            self._grace_period,
            describe(name for name, _ in self._ledger.left()),
        )
        with trio.CancelScope(deadline=self._began_at + self._grace_period):
            await self._force.wait()
        await trio.lowlevel.checkpoint()  # a task that ends in this very moment has made it
        why = "a second signal came" if self._force.is_set() else "the grace period is over"
        self._overran = self._ledger.cut_off(f"shutdown: {why}")
        self._forced = self._force.is_set() and bool(self._overran)
        LOGGER.warning("shutdown: %s, cancelling what still runs; %s", why, describe(self._overran))

    async def _name_the_blocked(self) -> None:
        """Name the tasks that run on although they are cancelled, whoever did that."""
        # Shielded: an outer cancellation must not silence the one who can tell why the program hangs.
        with self._blocked_scope:  # cancelled as soon as the tasks have ended
            await self._ledger.cancelled.wait()
            while True:
                await trio.sleep(BLOCKED_LOG_INTERVAL)
                self._log_the_blocked()

    def _log_the_blocked(self) -> None:
        left = describe(self._ledger.where_left())
        LOGGER.warning("cancelled, but blocked by a shield or a thread; %s", left)

    async def _listen(self, receiver: AsyncIterator[int]) -> None:
        async for number in receiver:
            self._on_signal(Signals(number))

    def _on_signal(self, received: Signals) -> None:
        self._signals_seen += 1
        if not self._token.cancelled:
            self._first_signal = received
            self._token.cancel(f"received {received.name}")
        elif self._signals_seen == 1:
            LOGGER.info("received %s: shutting down already, once more cancels at once", received.name)
        elif not self._force.is_set() and not self._ledger.cancelled.is_set():
            self._force.set()
        else:
            LOGGER.warning("received %s: nothing more can be done here", received.name)
            self._log_the_blocked()


def _why(error: BaseException) -> str:
    """Say what ended a nursery that no shutdown ended."""
    for leaf in leaves(error):
        if not isinstance(leaf, trio.Cancelled):
            return f"failed with {type(leaf).__name__}"
    return "cancelled from outside"
