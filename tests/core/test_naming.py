"""Names of functions and tasks as a reader wants them."""

from __future__ import annotations

from functools import partial

import pytest
import trio
import trio.testing

from trio_patterns._core.naming import function_name, last_part
from trio_patterns.backpressure import bounded_map, open_worker_pool


class Callable:
    async def __call__(self, item: int) -> None:
        await trio.lowlevel.checkpoint()

    async def method(self, item: int) -> None:
        await trio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("fn", "name"),
    [
        (len, "len"),
        (partial(partial(len, []), []), "len"),
        (Callable(), "Callable"),
        (Callable().method, "Callable.method"),
    ],
)
def test_a_function_is_named_whatever_is_around_it(fn: object, name: str) -> None:
    assert function_name(fn) == name


async def test_workers_have_the_name_of_what_they_call(autojump_clock: trio.testing.MockClock) -> None:
    names: list[str] = []

    async def call(extra: str, item: int) -> None:
        names.append(trio.lowlevel.current_task().name.rpartition(".")[2])
        await trio.sleep(1)  # so that the other worker takes the other item

    await bounded_map(partial(call, "x"), [1, 2], limit=2)
    async with open_worker_pool(partial(call, "y"), workers=1) as pool:
        await pool.submit(3)
    assert sorted(names) == ["call (worker 1)", "call (worker 1)", "call (worker 2)"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("shop.main.<locals>.worker", "worker"),
        ("shop.main.<locals>.<lambda>", "<lambda>"),
        ("shop.Cart.fill (worker 1)", "fill (worker 1)"),
        ("GET example.com/a.html", "GET example.com/a.html"),
        ("v1.5", "v1.5"),
        ("half past 3.30", "half past 3.30"),
        ("<shop.Job object at 0x7f1a2b3c>", "Job"),
        ("<shop.make.<locals>.Job object at 0x7f1a2b3c>", "Job"),
        ("", ""),
    ],
)
def test_the_last_part_of_a_name(name: str, short: str) -> None:
    assert last_part(name) == short
