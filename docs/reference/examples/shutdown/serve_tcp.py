import trio

from trio_patterns.shutdown import open_graceful_nursery, serve_tcp


async def echo(stream: trio.SocketStream) -> None:
    await stream.send_all(await stream.receive_some())


async def main() -> None:
    async with open_graceful_nursery(grace_period=10, signals=()) as nursery:
        [listener] = await serve_tcp(nursery, echo, 0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        async with await trio.open_tcp_stream("127.0.0.1", port) as client:
            nursery.shutdown(
                "update"
            )  # the port is closed, the connection is served
            await client.send_all(b"hello")
            assert await client.receive_some() == b"hello"
    assert nursery.report is not None and nursery.report.clean


# ---
trio.run(main)  # REAL_TIME: a socket
