"""Streams that do what a marble string says, and the order in which they do it within one second."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from itertools import count
from typing import Any

import trio
from trio.testing import wait_all_tasks_blocked

from .._core.errors import TrioPatternsError
from ..streams import Stream, stream
from .marbles import END, FAILURE, Marbles

__all__ = ["MarbleError", "Turns", "marble_stream"]


class MarbleError(TrioPatternsError):
    """What a ``#`` in a source of `check_marbles` raises, unless ``error=`` says otherwise."""


class Turns:
    """Whose event comes first in a second: what falls due before what arrives, then the sources in order.

    trio wakes tasks in random order, so without this an operator's timer and an item of the same second
    would now come in this order and now in that. Each event of a source waits until all else has come to
    rest; of several that wait, the one of the earliest source goes, and the next when that has come to rest.
    """

    def __init__(self) -> None:
        # (place of the source, number of the event): the smallest goes first.
        self._waiting: set[tuple[int, int]] = set()
        self._numbers = count()
        self._gone = 0

    async def wait(self, place: int) -> None:
        """Wait for the turn of the source at ``place``."""
        turn = (place, next(self._numbers))
        self._waiting.add(turn)
        try:
            while True:
                gone = self._gone
                await wait_all_tasks_blocked()
                # All that wait are woken at once, so the one whose turn it is may have gone just before.
                if gone == self._gone and min(self._waiting) == turn:
                    self._gone += 1
                    return
        finally:
            self._waiting.remove(turn)


def marble_stream(
    marbles: Marbles, values: Mapping[str, Any], error: Exception, turns: Turns, place: int
) -> Stream[Any]:
    """Describe the cold stream of ``marbles``; each run counts its seconds from its own start."""
    return stream(partial(_play, marbles, values, error, turns, place))


async def _play(  # noqa: ASYNC900 - `stream` closes it
    marbles: Marbles, values: Mapping[str, Any], error: Exception, turns: Turns, place: int
) -> AsyncGenerator[Any, None]:
    start = trio.current_time()
    for second, character in marbles.events:
        # One that was held back by the steps below is late, and comes as soon as it can.
        await trio.sleep_until(start + second)
        await turns.wait(place)
        if character == END:
            return
        if character == FAILURE:
            raise error
        yield values.get(character, character)
    await trio.sleep_forever()
