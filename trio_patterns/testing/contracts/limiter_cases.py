"""What the cases of `limiter_contract` share."""

from __future__ import annotations

from typing import Any

import trio

from .base import Contract

__all__ = ["Gate", "LimiterCases", "free_tokens"]


class LimiterCases(Contract):
    """Base of the cases."""

    factory: Any


def free_tokens(limiter: Any, *, most: int) -> int:
    """Return how many tokens can be taken without waiting, and give them back."""
    borrowers: list[object] = []
    for _ in range(most):
        borrower = object()
        try:
            limiter.acquire_on_behalf_of_nowait(borrower)
        except trio.WouldBlock:
            break
        borrowers.append(borrower)
    for borrower in borrowers:
        limiter.release_on_behalf_of(borrower)
    return len(borrowers)


class Gate:
    """Counts who is inside, now and at most."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.passed = 0

    async def stay(self, seconds: float = 1.0) -> None:
        """Be inside for some time, or for a checkpoint if that is 0."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await trio.sleep(seconds)
        finally:
            self.inside -= 1
        self.passed += 1

    async def stay_with(self, limiter: Any, seconds: float = 1.0) -> None:
        """Be inside with a token."""
        borrower = object()
        await limiter.acquire_on_behalf_of(borrower)
        try:
            await self.stay(seconds)
        finally:
            limiter.release_on_behalf_of(borrower)
