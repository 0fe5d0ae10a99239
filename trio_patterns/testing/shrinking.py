"""Make a failing order shorter: fewer picks that differ from "the task that was started first"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["shrink"]


def shrink(picks: Sequence[int], fails: Callable[[list[int]], Sequence[int] | None], most: int) -> list[int]:
    """Return the shortest order found that fails in the same way.

    Args:
      picks: An order that fails.
      fails: Runs an order; returns the picks really made if it fails in the same way, else None.
      most: How many runs it may take.
    """
    best = _trimmed(picks)
    left = most

    def attempt(candidate: list[int]) -> bool:
        nonlocal best, left
        if left <= 0:
            return False
        left -= 1
        made = fails(candidate)
        if made is None or _length(made) >= _length(best):
            return False
        best = _trimmed(made)
        return True

    attempt([])
    progress = True
    while progress and left > 0:
        progress = _halve(best, attempt)
        for index in reversed(range(len(best))):
            if index < len(best) and best[index]:
                progress |= attempt([*best[:index], 0, *best[index + 1 :]])
    return best


def _halve(best: list[int], attempt: Callable[[list[int]], bool]) -> bool:
    """Cut the end off, as much as possible."""
    cut = len(best) // 2
    progress = False
    while cut:
        if attempt(best[: len(best) - cut]):
            return True
        cut //= 2
    return progress


def _trimmed(picks: Sequence[int]) -> list[int]:
    trimmed = list(picks)
    while trimmed and trimmed[-1] == 0:
        trimmed.pop()
    return trimmed


def _length(picks: Sequence[int]) -> tuple[int, int]:
    """Compare by the number of picks that are no default, then by where the last of them is."""
    trimmed = _trimmed(picks)
    return sum(1 for pick in trimmed if pick), len(trimmed)
