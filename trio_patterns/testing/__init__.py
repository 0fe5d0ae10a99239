"""Tools for testing programs that use trio and these patterns; no module of the library needs them."""

from __future__ import annotations

from .marble_check import check_marbles
from .marble_report import MarbleFailure
from .marble_source import MarbleError

__all__ = ["check_marbles", "MarbleFailure", "MarbleError"]
