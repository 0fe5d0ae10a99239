"""Three tasks that are ready at the same moment: who is first?"""

import trio

from small_web import Web


async def check_into(order: list[str], web: Web, url: str) -> None:
    await web.get(url)
    order.append(url)  # BUG: whoever comes first


async def main() -> None:
    orders = set()
    for _ in range(300):
        order: list[str] = []
        async with trio.open_nursery() as nursery:
            for url in ["/1", "/2", "/3"]:
                nursery.start_soon(check_into, order, Web(), url)
        orders.add(" ".join(order))
    print("300 runs, and the answers came in the order")
    for line in sorted(orders):
        print(f"  {line}")


if __name__ == "__main__":
    trio.run(main)
