import signal

from trio_patterns.shutdown import SHUTDOWN_SIGNALS, open_graceful_nursery


async def main() -> None:
    # Ctrl-C raises KeyboardInterrupt as ever; what `kill` sends does not.
    not_ctrl_c = [number for number in SHUTDOWN_SIGNALS if number != signal.SIGINT]
    async with open_graceful_nursery(signals=not_ctrl_c) as nursery:
        signal.raise_signal(signal.SIGTERM)
        await nursery.token.wait()
    assert nursery.report is not None
    assert nursery.report.signal == signal.SIGTERM


# ---
import trio
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
