"""A nursery: after the first failure nothing goes on, and every failure that happens is told."""

import trio

paid: list[int] = []


async def pay(number: int) -> int:
    try:
        for _ in range(number):  # number 1 is the quickest
            await trio.lowlevel.checkpoint()
    except trio.Cancelled:
        if number == 2:
            raise OSError("payment 2: could not be undone") from None
        raise
    if number in (1, 2, 3):
        raise OSError(f"payment {number} refused")
    paid.append(number)
    return number


async def main() -> None:
    try:
        async with trio.open_nursery() as nursery:
            for number in (1, 2, 3, 4):
                nursery.start_soon(pay, number)
    except* OSError as group:
        for error in sorted(map(str, group.exceptions)):
            print(f"told of: {error}")
        print(f"told the customer that nothing was paid; paid: {paid}")
    await trio.sleep(10)
    print(f"a moment later paid: {paid}")


if __name__ == "__main__":
    trio.run(main)
