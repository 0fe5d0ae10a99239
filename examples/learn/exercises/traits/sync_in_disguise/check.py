"""Each method as the interface says: awaited, with a checkpoint, and without effect if it is cancelled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import trio
from trio.testing import assert_checkpoints

from examples.learn.bench import Theirs

#: What is called, and what it must give, with one value "1" under "ann" in the store.
CALLS: dict[str, tuple[tuple[str, ...], object]] = {
    "put": (("bob", "2"), None),
    "get": (("ann",), "1"),
    "remove": (("ann",), True),
}


def check(theirs: Theirs) -> Iterator[str]:
    make: Callable[[], Any] = theirs.get("MemoryStore")

    async def filled() -> Any:
        store = make()
        await store.put("ann", "1")
        return store

    async def content(store: Any) -> dict[str, object]:
        return {key: await store.get(key) for key in ("ann", "bob")}

    fine = True
    for name, (arguments, wanted) in CALLS.items():

        async def program(name: str = name, arguments: tuple[str, ...] = arguments) -> tuple[object, bool]:
            store = await filled()
            coming = getattr(store, name)(*arguments)
            if not inspect.isawaitable(coming):
                raise TypeError(f"`{name}` returns {coming!r}, and that cannot be awaited")
            try:
                with assert_checkpoints():
                    return await coming, True
            except AssertionError:
                return await getattr(await filled(), name)(*arguments), False

        ran = theirs.run(program)
        if ran.error is not None:
            fine = False
            yield f"`await store.{name}(...)`: {theirs.told(ran.error)}."
            continue
        value, yields = ran.value
        if value != wanted:
            yield f"`await store.{name}{arguments!r}` gave {value!r} and not {wanted!r}."
        if not yields:
            yield f"`{name}` never lets another task run: a test with it cannot show a race."

    async def keys() -> tuple[list[str], bool]:
        store = await filled()
        await store.put("aaron", "0")
        found = store.keys()
        if not hasattr(found, "__aiter__"):
            raise TypeError(f"`keys` returns a {type(found).__name__}, which `async for` cannot use")
        try:
            with assert_checkpoints():
                return [key async for key in found], True
        except AssertionError:
            return ["aaron", "ann"], False

    ran = theirs.run(keys)
    if ran.error is not None:
        fine = False
        yield f"`async for key in store.keys()`: {theirs.told(ran.error)}."
    elif ran.value[0] != ["aaron", "ann"]:
        yield f"`keys` gave {ran.value[0]}, and not ['aaron', 'ann']."
    elif not ran.value[1]:
        yield "`keys` never lets another task run."

    for name in ("put", "remove") if fine else ():

        async def cancelled(name: str = name) -> dict[str, object]:
            store = await filled()
            with trio.CancelScope() as scope:
                scope.cancel()
                await getattr(store, name)(*CALLS[name][0])
            return await content(store)

        ran = theirs.run(cancelled)
        if ran.value != {"ann": "1", "bob": None}:
            yield f"`{name}` was cancelled before it could begin, and has changed the store all the same."
