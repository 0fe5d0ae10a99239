"""Workers that are right and workers that are wrong: does the learner's test tell them apart?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import trio

from examples.learn.bench import Theirs


async def returns(shop: Any) -> None:
    """Right: what is cut off goes to ``returned``."""
    while shop.todo:
        order = shop.todo.pop(0)
        try:
            await trio.sleep(1)
        except BaseException:
            shop.returned.append(order)
            raise
        shop.done.append(order)


async def puts_back(shop: Any) -> None:
    """Right: what is cut off goes back to where it was, and the last order comes first."""
    while shop.todo:
        order = shop.todo.pop()
        ready = False
        try:
            await trio.lowlevel.checkpoint()
            await trio.sleep(1)
            ready = True
        finally:
            (shop.done if ready else shop.todo).append(order)


async def loses(shop: Any) -> None:
    """Wrong: an order that is being packed is nowhere."""
    while shop.todo:
        order = shop.todo.pop(0)
        await trio.sleep(1)
        shop.done.append(order)


async def loses_the_last(shop: Any) -> None:
    """Wrong, but for the last order only."""
    while shop.todo:
        order = shop.todo.pop(0)
        try:
            await trio.sleep(1)
        except BaseException:
            if shop.todo:
                shop.returned.append(order)
            raise
        shop.done.append(order)


async def keeps_two(shop: Any) -> None:
    """Wrong: an order is done and given back."""
    while shop.todo:
        order = shop.todo.pop(0)
        try:
            await trio.sleep(1)
            shop.done.append(order)
            await trio.sleep(0.1)  # tells the customer
        except BaseException:
            shop.returned.append(order)
            raise


async def done_too_early(shop: Any) -> None:
    """Wrong: an order counts as done before it is, and stays in ``todo`` until then."""
    while shop.todo:
        shop.done.append(shop.todo[0])
        await trio.sleep(1)
        del shop.todo[0]


RIGHT = {
    "that gives back what it could not pack": returns,
    "that puts an order back into `todo`": puts_back,
}
WRONG = {
    "that forgets the order it was packing": loses,
    "that forgets the last order, and only that one": loses_the_last,
    "that gives back an order which is done already": keeps_two,
    "that leaves an order in `todo` while it is in `done`": done_too_early,
}


def check(theirs: Theirs) -> Iterator[str]:
    check_worker = theirs.get("check_worker")
    for what, worker in RIGHT.items():
        try:
            check_worker(worker)
        except AssertionError as error:
            told = str(error).splitlines()[0] if str(error) else ""
            yield f"Your test fails for a worker {what}; such a worker is right. It says: {told}"
    for what, worker in WRONG.items():
        try:
            check_worker(worker)
        except AssertionError:
            continue
        yield f"Your test passes for a worker {what}."
