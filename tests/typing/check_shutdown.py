"""Types that the shutdown family promises. Never called; read by mypy and basedpyright."""

from contextlib import AbstractAsyncContextManager
from signal import SIGINT, Signals
from typing import assert_type

import trio

from trio_patterns.shutdown import (
    SHUTDOWN_SIGNALS,
    CancellationToken,
    CutOffTask,
    GracefulNursery,
    ShutdownReport,
    open_graceful_nursery,
    serve_tcp,
)


async def fetch(url: str, timeout: float) -> bytes:
    await trio.sleep(timeout)
    return url.encode()


async def handle(stream: trio.SocketStream) -> int:
    await stream.send_all(b"")
    return 3


async def handle_text(stream: str) -> None: ...


async def check_token() -> None:
    token = CancellationToken()
    assert_type(token.cancelled, bool)
    assert_type(token.reason, str | None)
    assert_type(token.child(), CancellationToken)
    assert_type(await token.wait(), None)
    with token.scope() as scope:
        assert_type(scope, trio.CancelScope)
        await trio.sleep_forever()
    assert_type(scope.cancelled_caught, bool)  # reachable
    with token.cancel_on_exit("x") as same:
        assert_type(same, CancellationToken)


async def check_run_until_cancelled() -> None:
    token = CancellationToken()
    assert_type(await token.run_until_cancelled(fetch, "url", 1.0), bytes | None)
    assert_type(await token.run_until_cancelled(fetch, "url", 1.0, default=3), bytes | int)
    assert_type(await token.run_until_cancelled(fetch, "url", 1.0, default=b""), bytes)
    await token.run_until_cancelled(fetch, 1.0, "url")  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await token.run_until_cancelled(fetch, "url")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await token.run_until_cancelled(fetch("url", 1.0))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


def check_reasons(token: CancellationToken, nursery: GracefulNursery) -> None:
    token.cancel("text")
    token.cancel(ValueError())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    nursery.shutdown(reason=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    nursery.token = token  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def check_nursery() -> None:
    manager = open_graceful_nursery(grace_period=3, signals=[SIGINT], token=None)
    assert_type(manager, AbstractAsyncContextManager[GracefulNursery, bool])
    async with manager as nursery:
        assert_type(nursery, GracefulNursery)
        assert_type(nursery.token, CancellationToken)
        nursery.start_soon(fetch, "url", 1.0)
        nursery.start_soon(fetch, "url", 1.0, name="fetch")
        nursery.start_soon(fetch, 1.0)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        nursery.start_soon(fetch("url", 1.0))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async with open_graceful_nursery() as nursery:
        await trio.sleep_forever()
    assert_type(nursery.report, ShutdownReport)  # reachable
    open_graceful_nursery(grace_period="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    open_graceful_nursery(3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def check_report(report: ShutdownReport, task: CutOffTask) -> None:
    assert_type(report.reason, str | None)
    assert_type(report.duration, float)
    assert_type(report.finished, int)
    assert_type(report.overran, tuple[CutOffTask, ...])
    assert_type(report.signal, Signals | None)
    assert_type(task.line, int)
    assert_type(SHUTDOWN_SIGNALS, tuple[Signals, ...])
    report.clean = True  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def check_serve_tcp(nursery: GracefulNursery, plain: trio.Nursery) -> None:
    assert_type(await serve_tcp(nursery, handle, 80), list[trio.SocketListener])
    await serve_tcp(nursery, handle, 80, host="::1", max_connections=3)
    await serve_tcp(plain, handle, 80)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await serve_tcp(nursery, handle_text, 80)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await serve_tcp(nursery, handle, "80")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
