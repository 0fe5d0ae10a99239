"""Says: Your test passes for a worker that gives back an order which is done already."""

from trio_patterns.testing import cancel_sweep


def check_worker(worker):
    shop = Shop()  # noqa: F821 - the exercise's

    async def program():
        nonlocal shop
        shop = Shop()  # noqa: F821
        await worker(shop)

    cancel_sweep(program, check=lambda: {*shop.todo, *shop.done, *shop.returned} == {1, 2, 3})
