"""What ends a check before its report. The texts are for the user, one line each."""

from __future__ import annotations

__all__ = ["CannotCheck", "SiteDown"]


class CannotCheck(Exception):  # noqa: N818 - a name for what happened
    """There is nothing to check, or no way to."""


class SiteDown(CannotCheck):
    """Nobody answers at the site's address, and nobody has since the run began."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(f"{url} does not answer: {detail}")
