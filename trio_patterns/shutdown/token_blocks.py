"""The ``with`` blocks that a cancellation token gives out."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, final

import trio

if TYPE_CHECKING:
    from .cancellation_token import CancellationToken

__all__ = ["CancelOnExit", "TokenScope"]


@final
class TokenScope:
    """What `CancellationToken.scope` returns."""

    __slots__ = ("_scope", "_token", "_unregister")

    def __init__(self, token: CancellationToken) -> None:
        self._token = token
        self._scope = trio.CancelScope()

    def __enter__(self) -> trio.CancelScope:
        scope = self._scope.__enter__()
        self._unregister = self._token._on_cancel(self._cancel)
        return scope

    def _cancel(self) -> None:
        self._scope.cancel(reason=self._token.reason)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._unregister()
        return self._scope.__exit__(exc_type, exc, traceback)


@final
class CancelOnExit:
    """What `CancellationToken.cancel_on_exit` returns."""

    __slots__ = ("_reason", "_token")

    def __init__(self, token: CancellationToken, reason: str | None) -> None:
        self._token = token
        self._reason = reason

    def __enter__(self) -> CancellationToken:
        return self._token

    def __exit__(self, *exc_info: object) -> None:
        self._token.cancel(self._reason)
