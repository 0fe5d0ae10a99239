"""Says: Your test fails for a worker that gives back what it could not pack; such a worker is right."""

from trio_patterns.testing import cancel_sweep


def check_worker(worker):
    shop = Shop()  # noqa: F821 - the exercise's

    async def program():
        nonlocal shop
        shop = Shop()  # noqa: F821
        await worker(shop)

    cancel_sweep(program, check=lambda: sorted(shop.done) == [1, 2, 3])
