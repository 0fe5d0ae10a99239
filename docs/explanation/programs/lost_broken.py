"""Three payments fail; asyncio.gather tells of one, and lets the fourth be made after the refusal."""

import asyncio

paid: list[int] = []


async def pay(number: int) -> int:
    for _ in range(number):  # number 1 is the quickest
        await asyncio.sleep(0)
    if number in (1, 2, 3):
        raise OSError(f"payment {number} refused")
    paid.append(number)
    return number


async def main() -> None:
    try:
        # BUG: it returns at the first failure, and leaves the others to themselves
        await asyncio.gather(*(pay(number) for number in (1, 2, 3, 4)))
    except OSError as error:
        print(f"told of: {error}")
        print(f"told the customer that nothing was paid; paid: {paid}")
    for _ in range(10):
        await asyncio.sleep(0)
    print(f"a moment later paid: {paid}")


if __name__ == "__main__":
    asyncio.run(main())
