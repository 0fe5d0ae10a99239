import trio

from trio_patterns.testing import FailedPoint, SweepFailure, cancel_sweep


async def pay() -> None:
    await trio.sleep(1)
    try:
        await trio.sleep(1)
    except trio.Cancelled:
        raise RuntimeError("not paid") from None  # BUG: the cancellation is gone


try:
    cancel_sweep(pay)
except SweepFailure as failure:
    point: FailedPoint = failure.failures[0]
    assert point.problem.endswith("left it: RuntimeError('not paid')")
    assert point.idle  # all tasks were waiting
    [(name, place)] = point.raised  # the tasks that the cancellation reached
    assert (name, place.line) == ("pay", 9)
