import io
import signal

import trio

from trio_patterns.timeline import install_dump_signal


async def main() -> None:
    out = io.StringIO()
    with install_dump_signal(file=out):  # without file=: to stderr
        signal.raise_signal(signal.SIGUSR1)  # from a shell: kill -USR1 <pid>
        await trio.sleep(1)
    assert "main runs at" in out.getvalue()


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
