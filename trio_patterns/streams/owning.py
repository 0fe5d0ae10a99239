"""What a stream that is not run leaves open.

The run of a stream over a channel or an async generator closes that at its end. Where a stream gets no run,
nobody would: the sender waits for ever, the file stays open. So whoever has a stream and does not come to run
it, as ``take(0)``, abandons it, which closes what its run would have closed.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import trio

from ..backpressure.overflow_ends import OverflowReceiveChannel
from .sources import close_iterator
from .split import Side

__all__ = ["Owned", "abandon", "owned_by"]

#: A channel, an async generator or the like, or a side of `broadcast` or `partition`.
Owned: TypeAlias = "AsyncIterator[Any] | Side[Any]"


def owned_by(source: AsyncIterable[Any]) -> tuple[Owned, ...]:
    """Tell what a run over ``source`` would close: itself, unless it is something that makes iterators."""
    return (source,) if isinstance(source, AsyncIterator) else ()


async def abandon(owned: Iterable[Owned]) -> None:
    """Close all of ``owned`` as a run would do; those that need time after the others."""
    async with AsyncExitStack() as stack:
        for each in owned:
            if isinstance(each, trio.MemoryReceiveChannel | OverflowReceiveChannel | Side):
                each.close()
            else:
                stack.push_async_callback(close_iterator, each)
