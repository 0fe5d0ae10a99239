"""A TCP server that binds in a task nobody asks, and closes its port after the drain.

Ada's request is being worked on when the shutdown begins; Bob calls while the server drains.
Then a second server wants a port that is taken.

Notice: Ada gets half an answer, Bob is accepted only to be cut off, and the second server is "serving".
Run: python -m examples tcp_server_broken
Page: docs/patterns/shutdown/tcp-server.md
"""

from __future__ import annotations

import trio

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


async def serve(port: int, results: list[Exception]) -> None:
    try:
        await trio.serve_tcp(handle, port, host=HOST)
    except Exception as exc:
        results.append(exc)  # BUG: kept for whoever joins the server, and that is nobody


async def free_port() -> int:
    [listener] = await trio.open_tcp_listeners(0, host=HOST)
    async with listener:
        return int(listener.socket.getsockname()[1])


async def main() -> None:
    results: list[Exception] = []
    outcomes: dict[str, str] = {}
    port = await free_port()
    async with trio.open_nursery() as clients:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, port, results)
            await trio.sleep(0.1)  # BUG: it should be bound by now
            print("serving")
            clients.start_soon(call, port, "Ada", outcomes)
            await AT_WORK.acquire()
            print("shutdown begins")
            clients.start_soon(
                call, port, "Bob", outcomes
            )  # BUG: the port is open as long as the drain lasts
            await AT_WORK.acquire()
            nursery.cancel_scope.cancel()  # BUG: one cancel for the listener and for its connections
        print("shutdown complete")
    for name in sorted(outcomes):
        print(name, outcomes[name])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve, port, results)
        await trio.sleep(0.1)
        nursery.start_soon(serve, port, results)
        await trio.sleep(0.1)
        print("the second server is serving")
        nursery.cancel_scope.cancel()
    print(f"errors that nobody saw: {len(results)}")


if __name__ == "__main__":
    trio.run(main)
