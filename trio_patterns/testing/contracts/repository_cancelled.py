"""The cases of `repository_contract` that cancel each method at every point."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from .base import ensure
from .real_time_sweep import sweep_in_real_time
from .repository_cases import ANN, BOB, Person, RepositoryCases, everything_in

__all__ = ["CancelledCalls"]

ANNE = Person(ANN.id, "Anne", "anne@example.org")
#: Saved, found and deleted after a cancelled call, to see that the repository still works.
AFTER = Person("zzz", "Afterwards")


class CancelledCalls(RepositoryCases):
    """A cancelled call has happened completely or not at all, and harms nobody."""

    def test_a_call_cancelled_before_it_begins_does_nothing(self) -> None:
        """Nothing is changed, and the cancellation goes on."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save(ANN)
                calls: dict[str, Callable[[], Awaitable[object]]] = {
                    "save": lambda: people.save(BOB),
                    "save_many": lambda: people.save_many([BOB]),
                    "delete": lambda: people.delete(ANN.id),
                    "find_by_id": lambda: people.find_by_id(ANN.id),
                    "all": lambda: people.all().collect(),
                }
                for name, call in calls.items():
                    with trio.CancelScope() as scope:
                        scope.cancel(reason="before the call")
                        await call()
                    ensure(scope.cancelled_caught, f"{name} looks for a cancellation when it begins")
                    found = await everything_in(people)
                    ensure(found == [ANN], f"{name}, cancelled before it begins, does nothing", found)

        self._run(case)

    def test_save_of_a_new_entity_is_done_or_not(self) -> None:
        """Cancelled at every point: it is there, every field of it, or it is not."""
        self._cancelled([BOB], lambda people: people.save(ANN), [ANN, BOB])

    def test_save_that_replaces_is_done_or_not(self) -> None:
        """Cancelled at every point: the old entity is there or the new one, never none and no mixture."""
        self._cancelled([ANN, BOB], lambda people: people.save(ANNE), [ANNE, BOB])

    def test_save_many_is_done_or_not(self) -> None:
        """Cancelled at every point: all of them, or none."""
        new = [Person(f"new {n}", f"name {n}") for n in range(5)]
        self._cancelled([ANN, BOB], lambda people: people.save_many([ANNE, *new]), [ANNE, BOB, *new])

    def test_delete_is_done_or_not(self) -> None:
        """Cancelled at every point."""
        self._cancelled([ANN, BOB], lambda people: people.delete(ANN.id), [BOB])

    def test_find_by_id_may_be_cancelled(self) -> None:
        """At every point: nothing is changed, nothing is held."""
        self._cancelled([ANN, BOB], lambda people: people.find_by_id(ANN.id), [ANN, BOB])

    def test_all_may_be_cancelled(self) -> None:
        """At every point, between two items too: the stream is closed, nothing is held."""

        async def read(people: Any) -> None:
            async with people.all().open() as items:
                async for _ in items:
                    await trio.lowlevel.checkpoint()

        self._cancelled([ANN, BOB], read, [ANN, BOB])

    def _cancelled(
        self, before: list[Person], call: Callable[[Any], Awaitable[object]], after: list[Person]
    ) -> None:
        """Cancel ``call`` at every point, and look each time at what there is, and whether it still works."""

        async def program() -> None:
            async with self.opening(Person) as people:
                await people.save_many(before)
                returned = False
                try:
                    await call(people)
                    returned = True
                finally:
                    with trio.CancelScope(shield=True):
                        await _examine(people, before, after, returned=returned)

        async def program_with_threads() -> None:
            async with self.opening(Person) as people:

                async def prepare() -> None:
                    for person in await everything_in(people):
                        await people.delete(person.id)
                    await people.save_many(before)

                await sweep_in_real_time(
                    lambda: call(people),
                    before=prepare,
                    after=lambda returned: _examine(people, before, after, returned=returned),
                    max_points=self.max_points,
                )

        if self.threads:
            self._run(program_with_threads)
        else:
            self._sweep(program)


async def _examine(people: Any, before: list[Person], after: list[Person], *, returned: bool) -> None:
    found = await everything_in(people)
    if returned:
        ensure(found == after, "a call that returned has been done", f"there is {found}")
    ensure(
        found in (before, after),
        "a cancelled call has happened completely or not at all",
        f"there is {found}, which is neither {before} nor {after}",
    )
    await people.save(AFTER)
    works = await people.find_by_id(AFTER.id) == AFTER and await people.delete(AFTER.id)
    ensure(works, "after a cancelled call the repository works as before")
