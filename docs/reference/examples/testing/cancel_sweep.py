import trio

from trio_patterns.testing import cancel_sweep

seats = trio.Semaphore(3)


async def dinner() -> None:
    async with seats:
        await trio.sleep(60)


def test_a_guest_who_leaves_early_frees_the_seat() -> None:
    report = cancel_sweep(dinner, check=lambda: seats.value == 3)
    assert report.points == report.total  # cancelled everywhere


# ---
test_a_guest_who_leaves_early_frees_the_seat()
