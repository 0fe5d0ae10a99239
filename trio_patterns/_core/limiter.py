"""What ``limit=`` accepts besides an int."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["Limiter"]


@runtime_checkable
class Limiter(Protocol):
    """The part of `trio.CapacityLimiter` that bounded calls use, so that look-alikes can stand in.

    A borrower is any hashable object; the library borrows on behalf of a fresh object for each call, so the
    function that it runs may hold a token of the same limiter for itself without a ``RuntimeError``. (It can
    still starve: a limiter of 1 whose only token runs the function has none left for it.)
    """

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for a token; a cancelled waiter costs none."""
        ...

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        """Take a token or raise `trio.WouldBlock`."""
        ...

    def release_on_behalf_of(self, borrower: object) -> None:
        """Give the borrower's token back."""
        ...
