"""A TCP server that closes its port first and lets its connections finish."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import trio

from .._core.arguments import check_async_fn, check_awaitable, check_int
from .graceful_nursery import GracefulNursery

__all__ = ["serve_tcp"]

Handler = Callable[[trio.SocketStream], Awaitable[object]]

LOGGER: Final = logging.getLogger("trio_patterns.shutdown")

#: Seconds of rest after a failed accept: doubled with each failure in a row, up to the second.
FIRST_REST: Final = 0.05
LONGEST_REST: Final = 1.0

#: Seconds to wait for a client of whom the system said that it is there; it may have gone since.
CLIENT_GONE: Final = 0.05


def _existing(names: Iterable[str]) -> frozenset[int]:
    return frozenset(number for name in names if isinstance(number := getattr(errno, name, None), int))


#: What ``accept`` may say without the listener being at fault: the machine is short of something, or the
#: client has gone in between. trio's listener swallows most of the second kind; others' may not.
TRANSIENT: Final = _existing(
    (
        *("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "WSAEMFILE", "WSAENOBUFS"),
        *("ECONNABORTED", "ECONNRESET", "EPROTO", "EPERM", "EINTR", "ETIMEDOUT", "WSAECONNRESET"),
        *("ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ENONET", "ENOPROTOOPT", "EOPNOTSUPP"),
    )
)


async def serve_tcp(
    nursery: GracefulNursery,
    handler: Handler,
    port: int,
    *,
    host: str | bytes | None = None,
    max_connections: int | None = None,
) -> list[trio.SocketListener]:
    """Listen on a TCP port and serve each connection in a task of the graceful nursery.

    When it returns, the port is bound and clients can connect. `trio.serve_tcp` is for a nursery that is
    only ever cancelled: it cuts listeners and connections off together. Here the shutdown closes the
    listeners at once, and the handlers have the grace period to finish.

    Synopsis::

        async def handle(stream):
            async for chunk in stream:
                await stream.send_all(chunk)
                if nursery.token.cancelled:
                    break

        async with open_graceful_nursery() as nursery:
            [listener] = await serve_tcp(nursery, handle, 0, host="127.0.0.1")
            print(listener.socket.getsockname())

    Args:
      nursery: The nursery that serves, from `open_graceful_nursery`.
      handler: Called as ``handler(stream)`` with a `trio.SocketStream`, which is closed when it returns or
        raises. Watch the nursery's token in it: a connection that waits for its client's next request does
        not notice a shutdown otherwise, and is cut off after the grace period.
      port: 0 to 65535; 0 lets the system choose, a different one for each address.
      host: The address or host name to bind to; by default all addresses, IPv4 and IPv6.
      max_connections: How many connections are served at once, int >= 1; by default without bound. Clients
        beyond it wait in the system's backlog, not accepted.

    Returns:
      The listeners, one for each address: ask them for their port, or close one to stop listening earlier.

    Raises:
      OSError: if the port can't be bound; nothing is left open or running then.
      TypeError: if an argument has the wrong type.
      ValueError: if ``port`` or ``max_connections`` is out of range.

    Cancellation:
      Before it returns, nothing is left bound. Afterwards the server belongs to the nursery. A connection
      that was accepted is always handed to a handler, also in the moment of the shutdown.
    Ordering:
      A shutdown closes the port before `CancellationToken.cancel` returns, so before any handler learns of
      it. Clients that wait in the backlog then are refused by the system.
    Cost:
      One task for each listener and one for each connection. They are counted in the report, the listeners'
      not. An exception of a handler is logged with its traceback and ends that connection only; one that is
      no `Exception` (`KeyboardInterrupt`) goes on. After a transient error of ``accept`` (too many open
      files, ...) the listener rests 0.05 seconds, twice as long after each further one up to 1 second.

    See Also:
      `open_graceful_nursery`; ``examples/shutdown/tcp_server.py``.
    """
    if not isinstance(nursery, GracefulNursery):
        raise TypeError(f"nursery must be a GracefulNursery, from open_graceful_nursery(), got {nursery!r}")
    check_async_fn("handler", handler)
    if check_int("port", port, minimum=0) > 65535:
        raise ValueError(f"port must be an int from 0 to 65535, got {port!r}")
    if not isinstance(host, str | bytes | None):
        raise TypeError(f"host must be a str, bytes or None, got {host!r}")
    slots = None
    if max_connections is not None:
        slots = trio.Semaphore(check_int("max_connections", max_connections, minimum=1))
    listeners = await trio.open_tcp_listeners(port, host=host)
    try:
        for listener in listeners:
            nursery._start_service(_accept, nursery, handler, listener, slots)
    except BaseException:  # the nursery has ended
        for listener in listeners:
            listener.socket.close()
        raise
    return listeners


async def _accept(
    nursery: GracefulNursery, handler: Handler, listener: trio.SocketListener, slots: trio.Semaphore | None
) -> None:
    """Accept connections until the token is cancelled or the listener is closed."""
    token = nursery.token
    unregister = token._on_cancel(listener.socket.close)  # not when this task gets its turn: now
    rest = FIRST_REST
    try:
        with token.scope():
            while not token.cancelled and listener.socket.fileno() != -1:
                try:
                    stream = await _accept_one(listener, slots)
                except trio.ClosedResourceError:
                    return
                except OSError as exc:
                    if exc.errno not in TRANSIENT:
                        raise
                    LOGGER.warning("accept failed, next try in %g s: %s", rest, exc)
                    await trio.sleep(rest)
                    rest = min(2 * rest, LONGEST_REST)
                    continue
                rest = FIRST_REST
                if stream is not None:
                    nursery.start_soon(_serve, handler, stream, slots, name=handler)
    finally:
        unregister()
        listener.socket.close()


async def _accept_one(
    listener: trio.SocketListener, slots: trio.Semaphore | None
) -> trio.SocketStream | None:
    """Accept a connection and hold a slot for it; None if the client was gone before there was a slot."""
    if slots is None:
        return await listener.accept()
    # A slot held while waiting for a client would be one too few for the other listeners.
    await trio.lowlevel.wait_readable(listener.socket)
    await slots.acquire()
    stream: trio.SocketStream | None = None
    try:
        with trio.move_on_after(CLIENT_GONE):
            stream = await listener.accept()
    finally:
        if stream is None:
            slots.release()
    return stream


async def _serve(handler: Handler, stream: trio.SocketStream, slots: trio.Semaphore | None) -> None:
    try:
        await check_awaitable("handler", handler, handler(stream))
    except Exception as exc:
        _log_failure(exc)
    except BaseExceptionGroup as group:
        failures, rest = group.split(Exception)
        if failures is not None:
            _log_failure(failures)
        assert rest is not None, "a group of Exceptions only is an Exception"
        raise rest from None
    finally:
        stream.socket.close()
        if slots is not None:
            slots.release()


def _log_failure(exc: Exception) -> None:
    LOGGER.error("a handler failed, its connection is closed", exc_info=exc)
