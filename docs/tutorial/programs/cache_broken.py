"""A cache that asks twice when two tasks want the same at the same time."""

import trio

from trio_patterns.testing import explore

cache: dict[str, str] = {}
asked: list[str] = []


async def ask(key: str) -> str:
    asked.append(key)
    await trio.lowlevel.checkpoint()  # the source is far away
    return key.upper()


async def get(key: str) -> str:
    if key not in cache:
        cache[key] = await ask(key)
    return cache[key]


async def readers() -> None:
    cache.clear()
    asked.clear()
    async with trio.open_nursery() as nursery:
        for key in ["a", "b", "a"]:
            nursery.start_soon(get, key)


def test_each_key_is_asked_for_once() -> None:
    explore(readers, check=lambda: sorted(asked) == ["a", "b"])
