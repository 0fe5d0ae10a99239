"""Async traits: interfaces that are checked, and the repository, one interface with several bodies.

* `implements`: a class that does not fit its protocol fails when it is defined.
* `Repository`: the protocol of a store of entities.
* `InMemoryRepository`: the one for tests.
* `open_sql_repository`, `SqlRepository`: the one on SQLite, PostgreSQL and others. It needs the extra
  ``[sql]``, or ``[postgres]``; both are imported when it is called.
* `Conflict`, `Unavailable`: what a repository raises.
"""

from __future__ import annotations

from .errors import Conflict, Unavailable
from .implements import implements
from .in_memory import InMemoryRepository
from .repository import Repository
from .sql_repository import SqlRepository, open_sql_repository

__all__ = [
    "implements",
    "Repository",
    "InMemoryRepository",
    "SqlRepository",
    "open_sql_repository",
    "Conflict",
    "Unavailable",
]
