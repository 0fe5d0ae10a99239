"""A cache that asks once, and lets the others wait for the answer."""

import trio

from trio_patterns.testing import explore

cache: dict[str, str] = {}
pending: dict[str, trio.Event] = {}
asked: list[str] = []


async def ask(key: str) -> str:
    asked.append(key)
    await trio.lowlevel.checkpoint()  # the source is far away
    return key.upper()


async def get(key: str) -> str:
    while key not in cache:
        if key in pending:
            await pending[key].wait()
            continue
        pending[key] = trio.Event()
        try:
            cache[key] = await ask(key)
        finally:
            pending.pop(key).set()
    return cache[key]


async def readers() -> None:
    cache.clear()
    asked.clear()
    async with trio.open_nursery() as nursery:
        for key in ["a", "b", "a"]:
            nursery.start_soon(get, key)


def test_each_key_is_asked_for_once() -> None:
    print(explore(readers, check=lambda: sorted(asked) == ["a", "b"], strategy="exhaustive", schedules=1000))


def test_nor_if_one_of_them_is_slow() -> None:
    print(
        explore(
            readers,
            check=lambda: sorted(asked) == ["a", "b"],
            strategy="exhaustive",
            fair=False,
            schedules=1000,
        )
    )
