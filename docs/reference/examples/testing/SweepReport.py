import trio

from trio_patterns.testing import SweepReport, cancel_sweep


async def send_letter() -> None:
    await trio.sleep(1)  # write it
    await trio.sleep(2)  # take it to the post


def test_send_letter() -> None:
    report: SweepReport = cancel_sweep(send_letter)
    assert (report.points, report.total) == (5, 5)
    assert report.cancelled + report.finished == report.points
    assert str(report).startswith("cancelled at all 5 points: ")


# ---
test_send_letter()
