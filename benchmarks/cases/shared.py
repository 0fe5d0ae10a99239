"""What several cases use: the functions that the work calls, and the loops that are the floor."""

from __future__ import annotations

import asyncio

import trio

__all__ = ["bare_loops", "numbers", "one_checkpoint", "one_yield", "returned_at_once"]


async def one_checkpoint(item: int) -> int:
    """Pass one checkpoint of trio's: the least that a call can do that waits for something."""
    await trio.lowlevel.checkpoint()
    return item


async def one_yield(item: int) -> int:
    """Do the same on asyncio."""
    await asyncio.sleep(0)
    return item


async def returned_at_once(item: int) -> int:
    """Never suspend."""
    return item


def numbers(n: int) -> list[int]:
    """List the items, which are also the results."""
    return list(range(n))


async def bare_loops(n: int, tasks: int = 10) -> list[int]:
    """Let so many tasks share one iterator and one list: the least code that bounds calls with trio.

    It keeps no order, and a context variable set for one item is seen with the next one.
    """
    results: list[int] = []
    items = iter(range(n))

    async def work() -> None:
        for item in items:
            results.append(await one_checkpoint(item))  # noqa: PERF401

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(work)
    return results
