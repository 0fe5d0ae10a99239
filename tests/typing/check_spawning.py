"""Types that `spawning` promises: read by type checkers, never run."""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, assert_type

import trio

from trio_patterns.spawning import (
    JoinSet,
    PinnedThread,
    Selected,
    TaskHandle,
    gather,
    offload,
    open_join_set,
    open_pinned_thread,
    race,
    select,
    spawn,
)


async def fetch(number: int, text: str) -> bytes:
    raise NotImplementedError


async def an_int() -> int:
    raise NotImplementedError


async def a_str() -> str:
    raise NotImplementedError


def hash_of(data: bytes, rounds: int) -> str:
    raise NotImplementedError


async def check_spawn(nursery: trio.Nursery) -> None:
    handle = spawn(nursery, fetch, 1, "a", name="head")
    assert_type(handle, TaskHandle[bytes])
    assert_type(handle.result(), bytes)
    assert_type(await handle.join(), bytes)
    assert_type(handle.exception(), BaseException | None)
    assert_type(spawn(nursery, lambda: fetch(1, "a")), TaskHandle[bytes])
    assert_type(spawn(nursery, partial(fetch, 1, "a")), TaskHandle[bytes])
    spawn(nursery, fetch, "a", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    spawn(nursery, fetch, 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    spawn(nursery, an_int())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    spawn(nursery, hash_of, b"", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    spawn(an_int, an_int)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def check_join_set() -> None:
    async with open_join_set(limit=10) as tasks:
        assert_type(tasks, JoinSet)
        assert_type(tasks.spawn(fetch, 1, "a"), TaskHandle[bytes])
        tasks.spawn(fetch, "a", 1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        tasks.spawn(an_int())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        assert_type(await tasks.join_next(), TaskHandle[Any] | None)
        assert_type(tasks.join_next_nowait(), TaskHandle[Any] | None)
        async for handle in tasks:
            assert_type(handle, TaskHandle[Any])
        assert_type(await tasks.join_all(), list[Any])
        assert_type(await tasks.shutdown(), list[TaskHandle[Any]])
    open_join_set(limit=trio.CapacityLimiter(3))
    open_join_set(limit="3")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def check_gather() -> None:
    assert_type(await gather(), tuple[()])
    assert_type(await gather(an_int), tuple[int])
    assert_type(await gather(an_int, a_str), tuple[int, str])
    assert_type(await gather(an_int, a_str, an_int), tuple[int, str, int])
    assert_type(await gather(an_int, a_str, an_int, a_str), tuple[int, str, int, str])
    assert_type(await gather(an_int, a_str, an_int, a_str, an_int), tuple[int, str, int, str, int])
    assert_type(await gather(*[an_int]), tuple[int, ...])
    assert_type(await gather(partial(fetch, 1, "a"), an_int), tuple[bytes, int])
    await gather(an_int())  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]


async def check_race_and_select() -> None:
    assert_type(await race(an_int, an_int, stagger=0.5), int)
    await race(an_int())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    selected = await select(a=an_int, b=an_int)
    assert_type(selected, Selected[int])
    assert_type(selected.name, str)
    assert_type(selected.value, int)
    assert_type(selected.others, Mapping[str, Any])
    name, value = selected
    assert_type(name, str)
    assert_type(value, int)
    await select(a=an_int())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def check_offload(executor: Executor) -> None:
    assert_type(await offload(hash_of, b"", 1), str)
    assert_type(await offload(hash_of, b"", 1, executor=executor, limiter=trio.CapacityLimiter(1)), str)
    await offload(hash_of, 1, b"")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    await offload(hash_of, b"", 1, executor=3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    await offload(hash_of, b"", 1, limiter=3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def check_pinned_thread() -> None:
    async with open_pinned_thread("database") as pinned:
        assert_type(pinned, PinnedThread)
        assert_type(await pinned.run(hash_of, b"", 1), str)
        await pinned.run(hash_of, 1, b"")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    open_pinned_thread(3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
