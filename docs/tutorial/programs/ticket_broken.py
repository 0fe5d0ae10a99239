"""The last ticket: a look, a wait, a sale."""

import trio

from trio_patterns.testing import explore

tickets = 0
sold: list[str] = []


async def buy(name: str) -> None:
    global tickets
    if tickets > 0:
        await trio.lowlevel.checkpoint()  # the customer pays
        tickets -= 1
        sold.append(name)


async def ann() -> None:
    await buy("Ann")


async def bob() -> None:
    for _ in range(5):
        await trio.lowlevel.checkpoint()  # has further to walk
    await buy("Bob")


async def box_office() -> None:
    global tickets
    tickets = 1
    sold.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ann)
        nursery.start_soon(bob)


def test_fair() -> None:
    print(explore(box_office, check=lambda: tickets >= 0, strategy="exhaustive"))


def test_free() -> None:
    explore(box_office, check=lambda: tickets >= 0, fair=False)
