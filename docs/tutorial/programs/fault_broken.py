"""A lamp is put back when the sale is cancelled, and on no other failure."""

import trio

from trio_patterns.testing import cancel_sweep

stock = 0
sold: list[str] = []


async def charge_card() -> None:
    await trio.sleep(1)


async def sell() -> None:
    global stock
    await trio.sleep(5)  # the customer looks around
    stock -= 1
    try:
        await charge_card()
    except trio.Cancelled:
        stock += 1
        raise
    sold.append("lamp")


async def till() -> None:
    global stock
    stock = 2
    sold.clear()
    for _ in range(2):
        await sell()


def every_lamp_is_somewhere() -> bool:
    return stock + len(sold) == 2


def test_cancelled() -> None:
    print(cancel_sweep(till, check=every_lamp_is_somewhere))


def test_the_card_reader_fails() -> None:
    cancel_sweep(till, check=every_lamp_is_somewhere, fault=ConnectionResetError)
