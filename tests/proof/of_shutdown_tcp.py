"""Proofs of `trio_patterns.shutdown`: the TCP server, on real loopback sockets.

The system connects and passes on at once, so virtual time need not wait; but there is no fixed order.
"""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
import trio

from tests.proof.proof import Account, Proof, proves
from trio_patterns.shutdown import CancellationToken, GracefulNursery, open_graceful_nursery, serve_tcp

LOCAL = "127.0.0.1"


@proves("serve_tcp", "GracefulNursery")
class NoConnectionIsLeftOpen(Proof):
    """A client is served, or sees its connection end; the port is closed; a handler that hangs is cut off."""

    threads = True
    within = 6.0

    def begin(self) -> None:
        self.account = Account()
        self.nursery: GracefulNursery | None = None
        self.listeners: list[trio.SocketListener] = []
        self.address: tuple[str, int] = (LOCAL, 0)
        self.answers: list[bytes] = []
        self.cut_off = 0

    async def handle(self, stream: trio.SocketStream) -> None:
        self.account.opened += 1
        try:
            while data := await stream.receive_some():
                if data == b"hang":
                    await trio.sleep_forever()
                await stream.send_all(data.upper())
        except trio.Cancelled:
            self.cut_off += 1
            raise
        finally:
            self.account.closed += 1

    async def client(self, request: bytes) -> None:
        with suppress(ConnectionRefusedError):  # the server has gone
            plain = socket.create_connection(self.address)
            plain.setblocking(False)
            with trio.socket.from_stdlib_socket(plain) as client:
                with suppress(OSError):
                    await client.send(request)
                    answer = await client.recv(100)
                    self.answers += [answer] if answer else []

    async def program(self) -> None:
        token = CancellationToken()
        async with trio.open_nursery() as outside:
            outside.start_soon(self.stopped, token)
            await trio.sleep(1)
            token.cancel("enough")

    async def stopped(self, token: CancellationToken) -> None:
        async with trio.open_nursery() as clients:
            async with open_graceful_nursery(grace_period=2, signals=(), token=token) as self.nursery:
                self.listeners += await serve_tcp(self.nursery, self.handle, 0, host=LOCAL, max_connections=2)
                self.address = self.listeners[0].socket.getsockname()
                clients.start_soon(self.client, b"a")
                clients.start_soon(self.client, b"hang")
                clients.start_soon(self.client, b"b")
                await trio.sleep(0.5)
                await self.client(b"late")
                if not token.cancelled:
                    self.nursery.shutdown("served")

    def check(self) -> None:
        self.account.settled()
        assert all(listener.socket.fileno() == -1 for listener in self.listeners), "the port is still open"
        assert set(self.answers) <= {b"A", b"B", b"LATE"}
        if self.nursery is not None:
            report = self.nursery.report
            assert len(report.overran) <= 3
            assert not report.clean or not self.cut_off


@proves("serve_tcp")
class APortIsBoundOrFree(Proof):
    """Cancelled while it binds, a server leaves nothing bound; afterwards it belongs to the nursery."""

    threads = True
    within = 6.0

    def begin(self) -> None:
        self.listeners: list[trio.SocketListener] = []
        self.served = 0

    async def refuse(self, stream: trio.SocketStream) -> None:
        self.served += 1
        raise ValueError("the handler's own business")

    async def program(self) -> None:
        async with open_graceful_nursery(grace_period=1, signals=()) as nursery:
            self.listeners += await serve_tcp(nursery, self.refuse, 0, host=LOCAL)
            self.listeners += await serve_tcp(nursery, self.refuse, 0, host=LOCAL, max_connections=1)
            for listener in self.listeners:
                plain = socket.create_connection(listener.socket.getsockname())
                plain.setblocking(False)
                with trio.socket.from_stdlib_socket(plain) as client:
                    assert await client.recv(1) == b""
            nursery.shutdown()
        assert nursery.report.clean
        assert self.served == 2
        with pytest.raises(RuntimeError, match="closed"):  # and what it has bound by then is not left open
            await serve_tcp(nursery, self.refuse, 0, host=LOCAL)

    def check(self) -> None:
        assert all(listener.socket.fileno() == -1 for listener in self.listeners), "the port is still open"
