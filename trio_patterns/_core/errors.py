"""The root of the library's own exceptions."""

from __future__ import annotations

__all__ = ["TrioPatternsError"]


class TrioPatternsError(Exception):
    """Base of every exception that this library defines itself.

    It is not the base of trio's own errors (`trio.ClosedResourceError`, `trio.WouldBlock`,
    `trio.TooSlowError`, ...): those are reused unchanged. Subclasses carry their facts as attributes and
    say in the text what to do next.
    """
