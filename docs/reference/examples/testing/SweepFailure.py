import trio

from trio_patterns.testing import SweepFailure, cancel_sweep

lent: list[str] = []


async def read_book() -> None:
    lent.clear()  # each run begins anew
    await trio.sleep(5)  # the way to the library
    lent.append("Emma")
    await trio.sleep(60)
    lent.remove("Emma")  # BUG: not in a finally


try:
    cancel_sweep(read_book, check=lambda: not lent)
except SweepFailure as failure:
    assert failure.problem == "check() returned False"
    assert failure.place is not None
    assert failure.place.source == "await trio.sleep(60)"
