"""The cases of `repository_contract` about several tasks."""

from __future__ import annotations

import trio

from .base import check_checkpoint, ensure
from .repository_cases import ANN, BOB, Counted, Person, RepositoryCases, everything_in

__all__ = ["CallsTogether"]


ZOE = Person("zoe", "Zoe")


class CallsTogether(RepositoryCases):
    """One repository, many tasks."""

    def test_every_method_is_a_checkpoint(self) -> None:
        """On every path: found or not, something to do or nothing."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await check_checkpoint("save of a new entity", lambda: people.save(ANN))
                await check_checkpoint("save of a known entity", lambda: people.save(ANN))
                await check_checkpoint("save_many", lambda: people.save_many([BOB]))
                await check_checkpoint("save_many of nothing", lambda: people.save_many([]))
                await check_checkpoint("find_by_id", lambda: people.find_by_id(ANN.id))
                await check_checkpoint("find_by_id of nothing", lambda: people.find_by_id("nobody"))
                await check_checkpoint("delete of nothing", lambda: people.delete("nobody"))
                await check_checkpoint("delete", lambda: people.delete(ANN.id))
                await check_checkpoint("all", lambda: people.all().collect())

        self._run(case)

    def test_tasks_may_call_at_once_in_any_order(self) -> None:
        """Each finds what it has saved itself, and nothing is lost."""

        async def case() -> None:
            async with self.opening(Counted) as numbers:

                async def work(n: int) -> None:
                    await numbers.save(Counted(n))
                    found = await numbers.find_by_id(n)
                    ensure(found == Counted(n), "a task finds what it has saved, whoever else calls", found)

                async with trio.open_nursery() as nursery:
                    for n in range(12):
                        nursery.start_soon(work, n)
                found = [item.id for item in await everything_in(numbers)]
                ensure(found == list(range(12)), "what tasks save at once is all there", found)

        self._explore(case)

    def test_of_two_who_save_one_key_one_is_there_whole(self) -> None:
        """Whose comes last is open, but it is never a mixture."""
        versions = [Person(ANN.id, f"name {n}", f"email {n}") for n in range(6)]

        async def case() -> None:
            async with self.opening(Person) as people:
                for many in (False, True):
                    async with trio.open_nursery() as nursery:
                        for version in versions[:3]:
                            nursery.start_soon(people.save, version)
                        if many:
                            nursery.start_soon(people.save_many, versions[3:])
                    (found,) = await everything_in(people)
                    ensure(found in versions, "entities saved at once under one key are not mixed", found)

        self._explore(case)

    def test_cancelling_one_call_leaves_the_others_alone(self) -> None:
        """Whenever it happens."""

        async def case() -> None:
            async with self.opening(Person) as people:
                for moment in range(8):
                    victim = trio.CancelScope()

                    async def save_ann(scope: trio.CancelScope = victim) -> None:
                        with scope:
                            await people.save(ANN)

                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(people.save, BOB)
                        nursery.start_soon(save_ann)
                        nursery.start_soon(people.save, ZOE)
                        for _ in range(moment):
                            await trio.lowlevel.checkpoint()
                        victim.cancel()
                    found = [person.id for person in await everything_in(people) if person != ANN]
                    ensure(
                        found == ["bob", "zoe"],
                        "a cancelled call takes nothing from calls that run beside it",
                        f"of bob and zoe there is {found}, cancelled after {moment} checkpoints",
                    )
                    for person in (ANN, BOB, ZOE):
                        await people.delete(person.id)

        self._run(case)
