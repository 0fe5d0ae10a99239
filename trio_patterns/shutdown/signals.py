"""Signals that ask a program to stop: which there are here, and reading them without leaving one behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import Final

import trio

__all__ = ["SHUTDOWN_SIGNALS", "check_signals", "deliver_all", "open_receiver"]


def _existing(names: Iterable[str]) -> tuple[signal.Signals, ...]:
    """Return the signals of these names that the platform has."""
    return tuple(signal.Signals[name] for name in names if name in signal.Signals.__members__)


#: The default of ``signals=``: ``SIGINT`` (Ctrl-C), ``SIGTERM`` (kill, systemd, containers) and, on Windows,
#: ``SIGBREAK`` (Ctrl-Break), as far as the platform has them.
SHUTDOWN_SIGNALS: Final = _existing(("SIGINT", "SIGTERM", "SIGBREAK"))

_UNCATCHABLE: Final = _existing(("SIGKILL", "SIGSTOP"))


def check_signals(signals: object) -> tuple[signal.Signals, ...]:
    """Return ``signals`` without repetitions, if they are signals that this thread can receive."""
    if isinstance(signals, str | bytes) or not isinstance(signals, Iterable):
        raise TypeError(f"signals must be an iterable of signal numbers, got {signals!r}")
    wanted: dict[signal.Signals, None] = {}
    for number in signals:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"signals must hold signal numbers like signal.SIGTERM, got {number!r}")
        try:
            known = signal.Signals(number)
        except ValueError:
            raise ValueError(f"signals must hold signals that exist here, got {number!r}") from None
        if known in _UNCATCHABLE:
            raise ValueError(f"signals must hold signals that can be caught, got {known.name}")
        wanted[known] = None
    if wanted and threading.current_thread() is not threading.main_thread():
        raise RuntimeError(
            "signals can be received in the main thread only: pass signals=() here, and cancel the token "
            "from the main thread"
        )
    return tuple(wanted)


@contextmanager
def open_receiver(signals: tuple[signal.Signals, ...]) -> Generator[AsyncIterator[int] | None]:
    """Open trio's signal receiver, or nothing if there is nothing to receive."""
    if signals:
        with trio.open_signal_receiver(*signals) as receiver:
            yield receiver
    else:
        yield None


async def deliver_all(signals: tuple[signal.Signals, ...]) -> None:
    """Wait until the task that reads the receiver has seen every signal that came before this call.

    A signal left in the receiver when it closes is raised again: a Ctrl-C pressed in the last moment of a
    clean stop would end the program with a `KeyboardInterrupt`.
    """
    delivered = trio.Event()
    # trio's receiver passes signals on in the same queue, so what is behind this mark has come later.
    trio.lowlevel.current_trio_token().run_sync_soon(delivered.set, idempotent=True)
    await delivered.wait()
    for _ in range(len(signals) + 1):  # the reader takes one signal per turn, and repetitions are merged
        await trio.lowlevel.checkpoint()
