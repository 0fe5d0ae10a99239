"""A TCP server that closes its port first and lets its connections finish.

Ada's request is being worked on when the shutdown begins; Bob calls while the server drains.
Then a second server wants a port that is taken.

Notice: Ada gets her whole answer, Bob is refused at once instead of being cut off, and the bind fails aloud.
Run: python -m examples tcp_server
Page: docs/patterns/shutdown/tcp-server.md
"""

from __future__ import annotations

import trio

from trio_patterns.shutdown import open_graceful_nursery, serve_tcp

#: Sockets are real, and a virtual clock knows nothing about them.
REAL_TIME = True

HOST = "127.0.0.1"

#: Counts the requests that have begun, so that `main` need not guess how fast this machine is.
AT_WORK = trio.Semaphore(0)


async def handle(stream: trio.SocketStream) -> None:
    name = await stream.receive_some()
    await stream.send_all(b"hello ")
    AT_WORK.release()
    await trio.sleep(0.5)  # the work
    await stream.send_all(name)


async def call(port: int, name: str, outcomes: dict[str, str]) -> None:
    try:
        stream = await trio.open_tcp_stream(HOST, port)
    except OSError:
        outcomes[name] = "was refused, and can call another server"
        return
    async with stream:
        await stream.send_all(name.encode())
        answer = b"".join([chunk async for chunk in stream])
    outcomes[name] = f"was answered {answer.decode()!r}"


async def main() -> None:
    outcomes: dict[str, str] = {}
    async with trio.open_nursery() as clients:
        async with open_graceful_nursery(grace_period=5) as nursery:
            [listener] = await serve_tcp(nursery, handle, 0, host=HOST, max_connections=100)
            port = listener.socket.getsockname()[1]
            print("serving")
            clients.start_soon(call, port, "Ada", outcomes)
            await AT_WORK.acquire()
            print("shutdown begins")
            nursery.shutdown("deploy")
            await call(port, "Bob", outcomes)
        print(f"shutdown complete, clean={nursery.report.clean}")
    for name in sorted(outcomes):
        print(name, outcomes[name])

    async with open_graceful_nursery() as nursery:
        [listener] = await serve_tcp(nursery, handle, 0, host=HOST)
        try:
            await serve_tcp(nursery, handle, listener.socket.getsockname()[1], host=HOST)
        except OSError:
            print("the second server could not bind, and says so")
        nursery.shutdown()


if __name__ == "__main__":
    trio.run(main)
