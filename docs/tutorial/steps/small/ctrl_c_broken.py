"""For the picture: seven pages, and Ctrl-C after three tenths of a second."""

import signal

import trio

from ch7_ctrl_c_broken import check_site
from small_store import SlowStore
from small_web import Web


async def press_ctrl_c() -> None:
    await trio.sleep(0.3)
    signal.raise_signal(signal.SIGINT)


async def main() -> None:
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(press_ctrl_c)
            await check_site(Web(pages=7), SlowStore())
    except* KeyboardInterrupt:
        pass
