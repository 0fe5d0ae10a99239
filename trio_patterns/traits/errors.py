"""What a repository raises besides argument errors: the data was refused, or the database cannot work."""

from __future__ import annotations

from typing import final

from .._core.errors import TrioPatternsError

__all__ = ["Conflict", "Unavailable"]


@final
class Conflict(TrioPatternsError):  # noqa: N818
    """The database refused the data: another row is in the way, or a constraint of the table forbids it.

    Trying again does not help; changing the data may. The same key is never a conflict, because ``save``
    replaces: what conflicts is another unique column, a foreign key, a check, a value too long for its
    column. Nothing was changed, by ``save_many`` neither. ``__cause__`` is the driver's own error.

    Attributes:
      operation: The method that was called, ``"save"`` for example.
      table: The table's name.
      reason: What the driver said, in one line.
    """

    def __init__(self, operation: str, table: str, reason: str) -> None:
        super().__init__(operation, table, reason)
        self.operation = operation
        self.table = table
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.operation}: table {self.table!r} does not accept the data: {self.reason}"


@final
class Unavailable(TrioPatternsError):  # noqa: N818
    """The database could not do it: no connection, lost connection, locked, full, unwritable, damaged.

    It says nothing about the data, so trying again later may help: this is the one to name in a
    `trio_patterns.retry.RetryPolicy`. When the connection was lost while a ``save`` was on its way, it is
    unknown whether the row was written; ``save`` and ``delete`` may be repeated safely. ``__cause__`` is the
    driver's own error.

    Attributes:
      operation: The method that was called, ``"find_by_id"`` for example, or ``"open"``.
      url: The database's URL, without the password.
      reason: What the driver said, in one line.
    """

    def __init__(self, operation: str, url: str, reason: str) -> None:
        super().__init__(operation, url, reason)
        self.operation = operation
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.operation}: {self.url} is unavailable: {self.reason}"
