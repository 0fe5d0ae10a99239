"""``repository_contract``: what every `trio_patterns.traits.Repository` promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from ..._core.arguments import check_callable
from ...traits import Repository
from .base import Contract, build_suite
from .repository_basics import BasicCalls
from .repository_cancelled import CancelledCalls
from .repository_streams import StreamsOfAll
from .repository_together import CallsTogether

__all__ = ["repository_contract"]


class RepositoryContract(CancelledCalls, CallsTogether, StreamsOfAll, BasicCalls):
    """What every `trio_patterns.traits.Repository` promises."""


def repository_contract(
    factory: Callable[..., AbstractAsyncContextManager[Any] | Repository[Any, Any]],
    *,
    threads: bool = False,
    max_points: int | None = None,
) -> type[Contract]:
    """Return the tests that every `trio_patterns.traits.Repository` passes, to run against yours.

    It checks what the protocol says, whatever the store is: upsert, all or none, copies, ``all`` as a stream
    that may be left early, use by many tasks. Each method is also cancelled at every point: a cancelled call
    has happened or not, and later calls work. Tests of your own say which types a field may have, and when a
    `trio_patterns.traits.Conflict` or an `trio_patterns.traits.Unavailable` is due.

    Synopsis::

        @asynccontextmanager
        async def open_my_repository(Entity, *, key):
            async with open_store(fresh_path()) as store:
                yield MyRepository(store, Entity, key)

        TestMyRepository = repository_contract(open_my_repository)

    Without pytest, here for a repository that needs no opening:

    >>> from trio_patterns.testing import repository_contract
    >>> from trio_patterns.traits import InMemoryRepository
    >>> for case in repository_contract(InMemoryRepository).cases():
    ...     case()

    Where a pytest fixture decides about the store, set ``factory`` in one that each test uses::

        class TestOnServer(repository_contract(open_my_repository)):
            @pytest.fixture(autouse=True)
            def _server(self, url):
                self.factory = partial(open_my_repository, url)

    Args:
      factory: Called as ``factory(Entity, key="id")``, often, with a dataclass whose fields are ``str``,
        ``int`` or optional. It gives an async context manager of an empty repository, or the repository
        itself if that needs no opening.
      threads: True for a repository that waits for threads, sockets or servers: its cases run on the real
        clock, and in the order of tasks that comes.
      max_points: Points at which each method is cancelled at most, int >= 1; None tries all.

    Returns:
      A `Contract`, to be given a name that begins with ``Test``.

    Raises:
      TypeError: if ``factory`` is not callable.
      ValueError: if ``max_points`` is below 1.

    Cost:
      28 cases: in memory about 1 s; on an SQLite file about 3 s, most of it for some 35 openings.

    See Also:
      `trio_patterns.traits.InMemoryRepository`, which passes it.
    """
    check_callable("factory", factory, "a function that opens a repository")
    return build_suite(
        RepositoryContract, "RepositoryContract", factory=factory, threads=threads, max_points=max_points
    )
