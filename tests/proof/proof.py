"""A proof: a small program that uses some public names, what must hold after it, and how it is to be tried.

Each family has files of them here, ``of_<family>.py`` and ``of_<family>_<topic>.py``. ``test_proofs.py``
sweeps and explores every one, and ``test_every_name_is_proved.py`` fails for a public name that none covers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import trio

from trio_patterns.shutdown import CancellationToken


class Boom(Exception):
    """The error that is injected."""


class Proof:
    """Base of the proofs: a new object for each run, so that nothing is left of the one before.

    A subclass has ``program``, or ``stopped``, or both, and usually ``check``. They keep their account in
    attributes that ``begin`` makes.
    """

    #: The public names that it is about: ``bounded_map``, or ``Stream.map``.
    covers: ClassVar[tuple[str, ...]] = ()
    #: Threads know no virtual time, and no order: they are cancelled, but their orders can't be explored.
    threads: ClassVar[bool] = False
    #: Whether waits are made to fail.
    faults: ClassVar[bool] = True
    #: Seconds of virtual time within which a cancelled program must have ended.
    within: ClassVar[float] = 10.0
    #: The part of the points and pairs that is tried: less than 1 if a run takes long, as with files.
    share: ClassVar[float] = 1.0

    def begin(self) -> None:
        """Make the account of one run."""

    async def program(self) -> None:
        """Use the names, and end by itself."""
        raise NotImplementedError

    async def stopped(self, token: CancellationToken) -> None:
        """Use the names, and end soon after ``token`` is cancelled."""
        raise NotImplementedError

    def check(self) -> None:
        """Assert what must hold, however the run ended."""

    def whole(self) -> None:
        """Assert what must hold after a run that was left alone, in any order of tasks."""


ALL: dict[str, type[Proof]] = {}
P = TypeVar("P", bound=type[Proof])


def proves(*names: str) -> Callable[[P], P]:
    """Register a class as the proof of some public names."""

    def register(proof: P) -> P:
        assert proof.__name__ not in ALL, f"two proofs have the name {proof.__name__}"
        proof.covers = names
        ALL[proof.__name__] = proof
        return proof

    return register


def has(proof: type[Proof], part: str) -> bool:
    """Tell whether a proof has its own ``program``, ``stopped``, or ``whole``."""
    return getattr(proof, part) is not getattr(Proof, part)


@dataclass
class Account:
    """What usually has to add up: sources opened and closed, calls begun and ended, items seen."""

    opened: int = 0
    closed: int = 0
    begun: int = 0
    ended: int = 0
    most: int = 0
    seen: list[Any] = field(default_factory=list)

    async def source(self, n: int = 4, *, every: float = 0.0) -> AsyncIterator[int]:
        """Yield 0 to n-1, with a checkpoint before each, or so many seconds."""
        self.opened += 1
        try:
            for item in range(n):
                await trio.sleep(every)
                yield item
        finally:
            self.closed += 1

    async def call(self, item: Any, seconds: float = 1.0) -> Any:
        """Take some time and return the item."""
        self.begun += 1
        self.most = max(self.most, self.begun - self.ended)
        try:
            await trio.sleep(seconds)
            return item
        finally:
            self.ended += 1

    async def keep(self, item: Any) -> None:
        """See an item, between two checkpoints."""
        await trio.lowlevel.checkpoint()
        self.seen.append(item)
        await trio.lowlevel.checkpoint()

    def settled(self, limit: int | None = None) -> None:
        """Assert that what was opened is closed, and what was begun has ended, never more than the limit."""
        assert self.opened == self.closed, "a source is still open"
        assert self.begun == self.ended, "a call was not awaited"
        assert limit is None or self.most <= limit, f"{self.most} calls at once"
