"""What the tabs of the pages about shutdown define does what the pages say.

Both tabs, plain trio and the library, have to pass the same test.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from trio_patterns.shutdown import CancellationToken

NamesOf = Callable[..., dict[str, Any]]
BOTH = ("plain trio", "trio_patterns")
both_tabs = pytest.mark.parametrize("tab", BOTH)


def elapsed_since(start: float) -> float:
    return round(trio.current_time() - start, 6)


@both_tabs
async def test_worker_finishes_its_unit_and_skips_the_pause(
    names_of: NamesOf, tab: str, autojump_clock: object
):
    worker = names_of("shutdown/periodic-worker", tab)["worker"]
    done = 0

    async def transfer() -> None:
        nonlocal done
        await trio.sleep(1)
        done += 1

    async def run(after: float) -> tuple[int, float]:
        nonlocal done
        start, done = trio.current_time(), 0
        stop = trio.Event() if tab == "plain trio" else CancellationToken()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker, stop, transfer, 2.0)
            await trio.sleep(after)
            stop.set() if isinstance(stop, trio.Event) else stop.cancel()
        return done, elapsed_since(start)

    assert await run(4.5) == (3, 5.0)
    assert await run(3.5) == (2, 3.5)


@both_tabs
async def test_import_stops_alone_and_the_rest_later(names_of: NamesOf, tab: str, autojump_clock: object):
    start, log = trio.current_time(), []

    async def import_row() -> None:
        await trio.sleep(0.3)
        log.append(elapsed_since(start))

    async def say_goodbye(reason: str) -> None:
        log.append(f"{reason} at {elapsed_since(start)}")

    stop = trio.Event() if tab == "plain trio" else CancellationToken()
    of_import = trio.Event() if isinstance(stop, trio.Event) else stop.child()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            names_of("shutdown/cancellation-token", tab)["application"],
            *(import_row, say_goodbye, trio.sleep_forever, stop, of_import),
        )
        for seconds, what in ((2, of_import), (3, stop)):
            await trio.sleep(seconds)
            what.set() if isinstance(what, trio.Event) else what.cancel("maintenance")
    reason = "an event has no reason" if tab == "plain trio" else "maintenance"
    assert log == [0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1, f"{reason} at 5.0"]
    assert elapsed_since(start) == 5.0


async def test_token_simplified(names_of: NamesOf, autojump_clock: object):
    token = names_of("shutdown/cancellation-token", "simplified")["SimplifiedToken"]()
    child, grandchild = (child := token.child()), child.child()
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with token.scope():
                await trio.sleep_forever()

        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        token.cancel()
    assert token.event.is_set()
    assert child.event.is_set()
    assert grandchild.event.is_set()


@both_tabs
async def test_serve_stops_between_two_units(
    names_of: NamesOf, tab: str, autojump_clock: object, capsys: Any
):
    page = names_of("shutdown/graceful-shutdown", *BOTH)
    start, done = trio.current_time(), 0

    async def work() -> None:
        nonlocal done
        await trio.sleep(2)
        done += 1

    async def consume(stop: trio.Event, work: Callable[[], Any]) -> None:
        while not stop.is_set():
            await work()

    async def press_ctrl_c() -> None:
        await trio.sleep(3)
        signal.raise_signal(signal.SIGINT)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(press_ctrl_c)
        if tab == "plain trio":
            await page["plain_serve"](consume, work)
        else:
            await page["serve"](work)
    assert (done, elapsed_since(start)) == (2, 4.0)


async def test_tcp_server_of_plain_trio_closes_its_port_before_the_drain(names_of: NamesOf):
    serve = names_of("shutdown/tcp-server", "plain trio")["serve"]
    stop, go_on = trio.Event(), trio.Event()

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            name = await stream.receive_some()
            stop.set()
            await go_on.wait()
            await stream.send_all(b"hello " + name)

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(serve, handle, 0, stop)
        port = listener.socket.getsockname()[1]
        ada = await trio.open_tcp_stream("127.0.0.1", port)
        async with ada:
            await ada.send_all(b"Ada")
            await stop.wait()
            await wait_all_tasks_blocked()
            with pytest.raises(OSError):
                await trio.open_tcp_stream("127.0.0.1", port)
            go_on.set()
            assert await ada.receive_some() == b"hello Ada"
