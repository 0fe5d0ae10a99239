"""The header with which a busy server says when to come back: in seconds, or as a date."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime

__all__ = ["read_retry_after"]


def read_retry_after(header: str, server_date: str = "") -> float | None:
    """Return the seconds of a ``Retry-After`` header, >= 0; None if it says nothing that can be understood.

    Args:
      header: Its value; empty if there is none.
      server_date: The ``Date`` header of the same answer: a date is compared with the server's own clock, if
        it shows it, because ours may be minutes off.
    """
    header = header.strip()
    if header.isascii() and header.isdecimal():
        return float(header[:9])  # some thirty years are enough
    until = _http_date(header)
    if until is None:
        return None
    now = _http_date(server_date) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
