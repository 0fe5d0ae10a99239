"""serve_tcp on real loopback sockets: binding, handlers, bounds, errors of accept, and the shutdown."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from trio_patterns.shutdown import CancellationToken, GracefulNursery, open_graceful_nursery, serve_tcp
from trio_patterns.shutdown.tcp_server import _existing

LOCAL = "127.0.0.1"


def graceful(grace_period: float = 5.0) -> Any:
    return open_graceful_nursery(grace_period=grace_period, signals=())


def port_of(listener: trio.SocketListener) -> int:
    return int(listener.socket.getsockname()[1])


async def connect(listener: trio.SocketListener) -> trio.SocketStream:
    return await trio.open_tcp_stream(LOCAL, port_of(listener))


async def echo(stream: trio.SocketStream) -> None:
    async for chunk in stream:
        await stream.send_all(chunk)


async def exchange(listener: trio.SocketListener, data: bytes) -> bytes:
    async with await connect(listener) as stream:
        await stream.send_all(data)
        await stream.send_eof()
        return b"".join([chunk async for chunk in stream])


@asynccontextmanager
async def all_within(seconds: float) -> AsyncIterator[None]:
    """No test may hang on a socket; the limit is for failures, not for measuring."""
    with trio.fail_after(seconds):
        yield


# --- serving -----------------------------------------------------------------------------------------------


async def test_it_serves_many_clients_at_once() -> None:
    answers: dict[int, bytes] = {}

    async def client(number: int) -> None:
        answers[number] = await exchange(listener, b"%d" % number)

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL)
        async with trio.open_nursery() as clients:
            for number in range(20):
                clients.start_soon(client, number)
        nursery.shutdown()
    assert answers == {number: b"%d" % number for number in range(20)}
    assert nursery.report.clean
    assert nursery.report.finished == 21  # handlers and body; the listener is no task of yours


async def test_when_it_returns_clients_can_connect_at_every_address() -> None:
    async with all_within(10), graceful() as nursery:
        listeners = await serve_tcp(nursery, echo, 0)
        for listener in listeners:
            assert port_of(listener) > 0
        ipv4 = [listener for listener in listeners if listener.socket.family == socket.AF_INET]
        assert await exchange(ipv4[0], b"hello") == b"hello"
        nursery.shutdown()


async def test_the_stream_is_closed_when_the_handler_returns() -> None:
    async def greet(stream: trio.SocketStream) -> None:
        await stream.send_all(b"bye")

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, greet, 0, host=LOCAL)
        assert await exchange(listener, b"") == b"bye"
        nursery.shutdown()


# --- binding -----------------------------------------------------------------------------------------------


async def test_a_bind_failure_is_raised_where_the_server_is_started() -> None:
    """A bind inside a task fails unseen, and the program waits for Ctrl-C for ever."""
    with socket.create_server((LOCAL, 0)) as taken:
        port = taken.getsockname()[1]
        async with all_within(10), graceful() as nursery:
            with pytest.raises(OSError) as caught:
                await serve_tcp(nursery, echo, port, host=LOCAL)
            assert caught.value.errno == errno.EADDRINUSE
        assert nursery.report.clean

        with pytest.RaisesGroup(OSError):
            async with graceful() as nursery:
                nursery.start_soon(trio.sleep_forever)
                await serve_tcp(nursery, echo, port, host=LOCAL)


async def test_a_server_started_after_the_end_leaves_nothing_bound() -> None:
    async with graceful() as nursery:
        pass
    opened: list[trio.SocketListener] = []
    original = trio.open_tcp_listeners

    async def recording(*args: Any, **kwargs: Any) -> list[trio.SocketListener]:
        opened.extend(await original(*args, **kwargs))
        return opened

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trio, "open_tcp_listeners", recording)
        with pytest.raises(RuntimeError, match="closed"):
            await serve_tcp(nursery, echo, 0, host=LOCAL)
    assert [listener.socket.fileno() for listener in opened] == [-1]


# --- shutdown ----------------------------------------------------------------------------------------------


async def test_the_port_is_closed_before_the_connections_drain() -> None:
    """A port closed after the drain takes clients that nobody will serve."""
    log: list[str] = []

    async def handle(stream: trio.SocketStream) -> None:
        await nursery.token.wait()
        try:
            await trio.open_tcp_stream(LOCAL, port)
        except OSError:
            log.append("refused while draining")
        await stream.send_all(b"finished")

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL)
        port = port_of(listener)
        async with await connect(listener) as client:
            await wait_all_tasks_blocked(0.01)
            nursery.shutdown()
            assert listener.socket.fileno() == -1  # at once, not at the listener's next turn
            listener = type(
                "Address", (), {"socket": type("S", (), {"getsockname": lambda self: ("", port)})()}
            )()
            answer = b"".join([chunk async for chunk in client])
    assert answer == b"finished"
    assert log == ["refused while draining"]
    assert nursery.report.clean


async def test_connections_get_the_grace_period_and_are_then_cut_off() -> None:
    """An untracked handler is neither told nor awaited; here it is told, waited for, and named."""

    async def deaf(stream: trio.SocketStream) -> None:
        await stream.receive_some()

    async with all_within(10), graceful(grace_period=0.05) as nursery:
        [listener] = await serve_tcp(nursery, deaf, 0, host=LOCAL)
        client = await connect(listener)
        await wait_all_tasks_blocked(0.01)
        nursery.shutdown()
    async with client:
        assert await client.receive_some() == b""
    report = nursery.report
    [task] = report.overran
    assert (task.file, task.function) == (__file__, "deaf")
    assert task.name.endswith("<locals>.deaf")
    assert report.duration >= 0.05


async def test_a_cancelled_token_accepts_nobody() -> None:
    """The token is looked at before each accept: a client that waits already must not be taken."""
    token = CancellationToken()
    token.cancel()
    handled: list[int] = []

    async def handle(stream: trio.SocketStream) -> None:
        handled.append(1)

    async with all_within(10), open_graceful_nursery(signals=(), token=token) as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL)
        early = socket.create_connection(listener.socket.getsockname())
    early.close()
    assert listener.socket.fileno() == -1
    assert handled == []


async def test_a_client_accepted_in_the_moment_of_the_shutdown_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = trio.SocketListener.accept

    async def accept_and_shut_down(self: trio.SocketListener) -> trio.SocketStream:
        stream = await original(self)
        nursery.shutdown()
        return stream

    monkeypatch.setattr(trio.SocketListener, "accept", accept_and_shut_down)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL)
        assert await exchange(listener, b"just in time") == b"just in time"
    assert nursery.report.finished == 2


async def test_closing_a_listener_stops_only_the_accepting() -> None:
    for max_connections in (None, 2):
        async with all_within(10), graceful() as nursery:
            [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=max_connections)
            async with await connect(listener) as client:
                await wait_all_tasks_blocked(0.01)
                await listener.aclose()
                await client.send_all(b"still served")
                assert await client.receive_some() == b"still served"
        assert nursery.report.clean
        assert nursery.report.reason is None


async def test_a_failing_nursery_closes_the_port_and_the_connections() -> None:
    with pytest.RaisesGroup(ValueError):
        async with all_within(10), graceful() as nursery:
            [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL)
            client = await connect(listener)
            await wait_all_tasks_blocked(0.01)
            raise ValueError("boom")
    assert listener.socket.fileno() == -1
    async with client:
        assert await client.receive_some() == b""


# --- the bound ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_never_more_connections_than_the_limit(limit: int) -> None:
    active = peak = served = 0
    clients_count = limit * 2 + 3
    full = trio.Event()

    async def handle(stream: trio.SocketStream) -> None:
        nonlocal active, peak, served
        active += 1
        peak = max(peak, active)
        if active == limit:
            full.set()
        await full.wait()
        await trio.sleep(0.002)
        active -= 1
        served += 1
        await stream.send_all(b".")

    async with all_within(20), graceful() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL, max_connections=limit)
        async with trio.open_nursery() as clients:
            for _ in range(clients_count):
                clients.start_soon(exchange, listener, b"")
        nursery.shutdown()
    assert served == clients_count
    assert peak == limit


async def test_further_clients_wait_in_the_backlog() -> None:
    """Beyond the bound nothing is accepted: no task, no open file, until a connection ends."""
    gate = trio.Event()
    started: list[int] = []

    async def handle(stream: trio.SocketStream) -> None:
        started.append(1)
        await gate.wait()
        await stream.send_all(b"served")

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL, max_connections=2)
        streams = [await connect(listener) for _ in range(5)]
        await wait_all_tasks_blocked(0.02)
        assert len(started) == 2
        gate.set()
        for stream in streams:
            async with stream:
                assert await stream.receive_some() == b"served"
        nursery.shutdown()


async def test_several_addresses_share_one_bound_and_none_starves() -> None:
    """A slot held by an idle listener would be one too few for the other addresses."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 in this Python")
    async with all_within(10), graceful() as nursery:
        listeners = await serve_tcp(nursery, echo, 0, host="localhost", max_connections=1)
        listeners += await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=1)
        for _ in range(3):
            for listener in listeners:
                host, port = listener.socket.getsockname()[:2]
                async with await trio.open_tcp_stream(host, port) as stream:
                    await stream.send_all(b"x")
                    assert await stream.receive_some() == b"x"
        nursery.shutdown()


async def test_two_listeners_of_one_server_share_the_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two IPv4 listeners stand in for IPv4 and IPv6, which not every machine has."""

    async def two(port: int, *, host: Any = None) -> list[trio.SocketListener]:
        return [*await original(0, host=host), *await original(0, host=host)]

    original = trio.open_tcp_listeners
    monkeypatch.setattr(trio, "open_tcp_listeners", two)
    gate = trio.Event()
    started: list[int] = []

    async def handle(stream: trio.SocketStream) -> None:
        started.append(1)
        await gate.wait()
        await stream.send_all(b"x")

    async with all_within(10), graceful() as nursery:
        one, other = await serve_tcp(nursery, handle, 0, host=LOCAL, max_connections=1)
        async with await connect(other) as first, await connect(one) as second:
            await wait_all_tasks_blocked(0.02)
            assert len(started) == 1
            gate.set()
            assert await first.receive_some() == b"x"
            assert await second.receive_some() == b"x"
        nursery.shutdown()


async def test_a_client_that_left_before_there_was_a_slot_costs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems drop an aborted client from the backlog: accept must not keep the slot for another."""
    original = trio.SocketListener.accept
    gone = 3

    async def client_is_gone(self: trio.SocketListener) -> trio.SocketStream:
        nonlocal gone
        if gone:
            gone -= 1
            await trio.sleep_forever()
        return await original(self)

    monkeypatch.setattr(trio.SocketListener, "accept", client_is_gone)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=1)
        assert await exchange(listener, b"one") == b"one"
        assert await exchange(listener, b"two") == b"two"
        nursery.shutdown()
    assert gone == 0


async def test_a_shutdown_reaches_a_listener_that_waits_for_a_slot() -> None:
    async def handle(stream: trio.SocketStream) -> None:
        await nursery.token.wait()

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL, max_connections=1)
        streams = [await connect(listener) for _ in range(3)]
        await wait_all_tasks_blocked(0.02)
        nursery.shutdown()
    for stream in streams:
        await trio.aclose_forcefully(stream)
    assert nursery.report.clean
    assert nursery.report.finished == 2


async def test_an_idle_listener_holds_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    original = trio.SocketListener.accept

    async def counting(self: trio.SocketListener) -> trio.SocketStream:
        calls.append(1)
        return await original(self)

    monkeypatch.setattr(trio.SocketListener, "accept", counting)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=1)
        await wait_all_tasks_blocked(0.1)
        assert calls == []
        assert await exchange(listener, b"x") == b"x"
        nursery.shutdown()
    assert calls == [1]


# --- errors of handlers ------------------------------------------------------------------------------------


def handler_errors(caplog: pytest.LogCaptureFixture) -> list[BaseException]:
    return [
        record.exc_info[1]
        for record in caplog.records
        if record.name == "trio_patterns.shutdown" and record.exc_info and record.exc_info[1]
    ]


async def test_a_failing_handler_ends_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    async def handle(stream: trio.SocketStream) -> None:
        request = await stream.receive_some()
        if request == b"bad":
            raise ValueError("bad request")
        if request == b"worse":
            async with trio.open_nursery() as inner:
                inner.start_soon(trio.sleep_forever)
                raise KeyError("in a group")
        await stream.send_all(request)

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL, max_connections=1)
        assert await exchange(listener, b"bad") == b""
        assert await exchange(listener, b"worse") == b""
        assert await exchange(listener, b"good") == b"good"
        nursery.shutdown()
    assert [record.getMessage() for record in caplog.records] == [
        "a handler failed, its connection is closed"
    ] * 2
    first, second = handler_errors(caplog)
    assert isinstance(first, ValueError)
    assert first.__traceback__ is not None
    assert pytest.RaisesGroup(KeyError).matches(second)
    assert nursery.report.clean
    assert nursery.report.finished == 4


async def test_a_handler_that_is_not_async_fails_its_connection_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def not_async(stream: trio.SocketStream) -> int:
        return 3

    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, not_async, 0, host=LOCAL)  # type: ignore[arg-type]
        assert await exchange(listener, b"") == b""
        nursery.shutdown()
    [error] = handler_errors(caplog)
    assert str(error).startswith(
        f"handler must be an async function, but {not_async!r} returned 3, which can't"
    )


async def test_an_error_among_cancellations_is_logged_and_the_cancellation_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def handle(stream: trio.SocketStream) -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            raise BaseExceptionGroup("both", [exc, ValueError("cleanup")]) from None

    async with all_within(10), graceful(grace_period=0) as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL)
        client = await connect(listener)
        await wait_all_tasks_blocked(0.01)
        nursery.shutdown()
    await client.aclose()
    [error] = handler_errors(caplog)
    assert pytest.RaisesGroup(ValueError).matches(error)
    assert len(nursery.report.overran) == 1


@pytest.mark.parametrize("grouped", [False, True])
async def test_keyboard_interrupt_in_a_handler_passes(
    grouped: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(stream: trio.SocketStream) -> None:
        if grouped:
            raise BaseExceptionGroup("only", [KeyboardInterrupt()])
        raise KeyboardInterrupt

    with pytest.RaisesGroup(KeyboardInterrupt, flatten_subgroups=True):
        async with all_within(10), graceful() as nursery:
            [listener] = await serve_tcp(nursery, handle, 0, host=LOCAL)
            with socket.create_connection(listener.socket.getsockname()):
                await trio.sleep_forever()
    assert handler_errors(caplog) == []


# --- errors of accept --------------------------------------------------------------------------------------


def test_errors_that_the_platform_does_not_have_are_left_out() -> None:
    assert _existing(("EMFILE", "ENOWHERE", "errorcode")) == {errno.EMFILE}


@pytest.mark.parametrize(
    "code", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.EPROTO]
)
@pytest.mark.parametrize("max_connections", [None, 1])
async def test_a_transient_accept_error_does_not_end_the_server(
    code: int,
    max_connections: int | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    original = trio.SocketListener.accept
    failures = 3

    async def flaky(self: trio.SocketListener) -> trio.SocketStream:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError(code, "transient")
        return await original(self)

    monkeypatch.setattr(trio.SocketListener, "accept", flaky)
    monkeypatch.setattr("trio_patterns.shutdown.tcp_server.FIRST_REST", 0.001)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=max_connections)
        assert await exchange(listener, b"hello") == b"hello"
        nursery.shutdown()
    assert failures == 0
    texts = [record.getMessage() for record in caplog.records]
    assert texts == [
        f"accept failed, next try in {rest} s: [Errno {code}] transient"
        for rest in ("0.001", "0.002", "0.004")
    ]


async def test_the_rest_after_accept_errors_is_bounded_and_ends_with_the_shutdown(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    """Out of files for long: try again each second, neither in a busy loop nor ever more rarely."""
    attempts: list[float] = []

    async def full(self: trio.SocketListener) -> trio.SocketStream:
        attempts.append(trio.current_time())
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(trio.SocketListener, "accept", full)
    start = trio.current_time()
    async with graceful() as nursery:
        await serve_tcp(nursery, echo, 0, host=LOCAL)
        await trio.sleep(5)
        nursery.shutdown()
    assert trio.current_time() - start == 5
    rests = [later - earlier for earlier, later in pairwise(attempts)]
    assert rests == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0])


async def test_a_success_makes_the_rest_short_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = trio.SocketListener.accept
    script = ["fail", "fail", "accept", "fail"]

    async def flaky(self: trio.SocketListener) -> trio.SocketStream:
        if script and script.pop(0) == "fail":
            raise OSError(errno.EMFILE, "too many open files")
        return await original(self)

    monkeypatch.setattr(trio.SocketListener, "accept", flaky)
    monkeypatch.setattr("trio_patterns.shutdown.tcp_server.FIRST_REST", 0.001)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL)
        assert await exchange(listener, b"one") == b"one"
        assert await exchange(listener, b"two") == b"two"
        nursery.shutdown()
    assert script == []
    texts = [record.getMessage().partition(" s: ")[0] for record in caplog.records]
    assert texts == [f"accept failed, next try in {rest}" for rest in ("0.001", "0.002", "0.001")]


@pytest.mark.parametrize("max_connections", [None, 1])
async def test_closing_a_listener_that_rests_stops_the_accepting(
    max_connections: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(self: trio.SocketListener) -> trio.SocketStream:
        failed.set()
        raise OSError(errno.EMFILE, "too many open files")

    failed = trio.Event()
    monkeypatch.setattr(trio.SocketListener, "accept", full)
    async with all_within(10), graceful() as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL, max_connections=max_connections)
        with socket.create_connection(listener.socket.getsockname()):
            await failed.wait()
            listener.socket.close()
    assert nursery.report.clean


async def test_a_lasting_accept_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: trio.SocketListener) -> trio.SocketStream:
        raise OSError(errno.EINVAL, "not listening")

    monkeypatch.setattr(trio.SocketListener, "accept", broken)
    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="not listening")):
        async with all_within(10), graceful() as nursery:
            [listener] = await serve_tcp(nursery, echo, 0, host=LOCAL)
    assert listener.socket.fileno() == -1
    assert nursery.report.reason == "failed with OSError"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on open files to lower")
def test_running_out_of_files_for_real() -> None:
    """A server that dies of EMFILE dies exactly when it is busiest."""
    program = """
    import logging, os, resource, socket, trio
    from trio_patterns.shutdown import open_graceful_nursery, serve_tcp

    async def handle(stream):
        await stream.send_all(b"hello")

    async def main():
        async with open_graceful_nursery(signals=()) as nursery:
            [listener] = await serve_tcp(nursery, handle, 0, host="127.0.0.1")
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
            hoard = []
            try:
                while True:
                    hoard.append(os.dup(0))
            except OSError:
                os.close(hoard.pop())
            sock = socket.create_connection(listener.socket.getsockname())  # takes the last file
            await trio.sleep(0.1)
            for number in hoard:
                os.close(number)
            sock.setblocking(False)
            client = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
            with trio.fail_after(10):
                print((await client.receive_some()).decode())
            await client.aclose()
            nursery.shutdown()
        print(nursery.report.clean)

    logging.basicConfig(level=logging.WARNING)
    trio.run(main)
    """
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.stdout.split() == ["hello", "True"], result.stderr
    assert "accept failed, next try in 0.05 s: [Errno 24]" in result.stderr
    assert "Traceback" not in result.stderr


# --- arguments ---------------------------------------------------------------------------------------------


async def test_every_port_there_is_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[int] = []

    async def none(port: int, *, host: Any = None) -> list[trio.SocketListener]:
        ports.append(port)
        return []

    monkeypatch.setattr(trio, "open_tcp_listeners", none)
    async with graceful() as nursery:
        for port in (0, 1, 65535):
            assert await serve_tcp(nursery, echo, port) == []
    assert ports == [0, 1, 65535]


async def test_the_listener_shows_in_the_task_tree_as_what_it_is() -> None:
    async with all_within(10), graceful() as nursery:
        await serve_tcp(nursery, echo, 0, host=LOCAL)
        [task] = nursery._tasks.child_tasks
        assert task.name == "trio_patterns.shutdown.tcp_server._accept"
        nursery.shutdown()


async def test_wrong_arguments_are_refused_before_anything_is_bound() -> None:
    wrong: Any
    async with graceful() as nursery:
        async with trio.open_nursery() as plain:
            for wrong in (plain, None):
                with pytest.raises(TypeError, match="nursery must be a GracefulNursery"):
                    await serve_tcp(wrong, echo, 0)
        with pytest.raises(TypeError, match="handler must be an async function, got None"):
            await serve_tcp(nursery, None, 0)
        for wrong in ("80", 8.0, None, True):
            with pytest.raises(TypeError, match="port must be an int"):
                await serve_tcp(nursery, echo, wrong)
        with pytest.raises(ValueError, match="port must be an int >= 0, got -1"):
            await serve_tcp(nursery, echo, -1)
        with pytest.raises(ValueError, match="port must be an int from 0 to 65535, got 65536"):
            await serve_tcp(nursery, echo, 65536)
        with pytest.raises(TypeError, match="host must be a str, bytes or None, got 127"):
            await serve_tcp(nursery, echo, 0, host=127)
        for wrong in (0, -1):
            with pytest.raises(ValueError, match="max_connections must be an int >= 1, got"):
                await serve_tcp(nursery, echo, 0, max_connections=wrong)
        for wrong in (1.5, "1", True):
            with pytest.raises(TypeError, match="max_connections must be an int >= 1, got"):
                await serve_tcp(nursery, echo, 0, max_connections=wrong)
        assert isinstance(nursery, GracefulNursery)
        assert not nursery._tasks.child_tasks
