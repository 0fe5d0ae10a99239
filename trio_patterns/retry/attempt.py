"""The record of one failed attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["Attempt"]


@final
@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that failed and will be repeated, as ``on_retry`` gets it.

    Attributes:
      number: Which call it was, counted from 1.
      error: What it raised, or the `trio.TooSlowError` that stands for its timeout.
      delay: Seconds from now until the next call.
    """

    number: int
    error: Exception
    delay: float
