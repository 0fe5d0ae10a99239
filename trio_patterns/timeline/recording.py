"""`record` a part of a run, and `mark` moments of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress

import trio

from .recorder import RECORDING, Timeline

__all__ = ["mark", "record"]


@contextmanager
def record(*, max_events: int = 100_000) -> Generator[Timeline]:
    """Record what the calling task does in the block, and every task below it.

    Synopsis::

        with record() as timeline:
            await work()
        Path("work.svg").write_text(timeline.to_svg(), encoding="utf-8")

    To record a whole run, give a `Timeline` to ``trio.run(main, instruments=[timeline])``; to record a script
    without a change to it, use ``python -m trio_patterns.timeline``.

    Args:
      max_events: How many events are kept, int >= 1; see `Timeline`.

    Yields:
      A `Timeline`, which can be drawn in the block and after it, also when the block has raised.

    Raises:
      ValueError, TypeError: if ``max_events`` is out of range or no int.
      RuntimeError: outside of a trio run.

    Cancellation:
      Passes through; it is in the picture.

    Ordering:
      See `Timeline`.

    Cost:
      See `Timeline`; nothing after the block.

    Source:
      trio's instruments.

    See Also:
      `mark`, `dump_tasks`.
    """
    timeline = Timeline(max_events=max_events)
    task = trio.lowlevel.current_task()
    timeline._begin(whole_run=False)
    timeline._adopt(task)
    trio.lowlevel.add_instrument(timeline)
    try:
        yield timeline
    finally:
        with suppress(KeyError, RuntimeError):  # trio has dropped it, and logged why; or the run is over
            trio.lowlevel.remove_instrument(timeline)
        timeline._end()


def mark(text: str) -> None:
    """Put a mark into every timeline that records this run, at the task that calls and at this moment.

    It costs a look-up where nothing is recorded, so it may stay in a program. Outside of a run, and in a
    worker thread, it does nothing; a thread may call ``trio.from_thread.run_sync(mark, text)``.

    Args:
      text: A few words; they are written above the task's bar.

    See Also:
      `Timeline.mark`, for one timeline alone.
    """
    if trio.lowlevel.in_trio_run():
        for timeline in RECORDING.get():
            timeline.mark(text)
