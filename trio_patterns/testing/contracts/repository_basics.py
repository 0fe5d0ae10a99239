"""The cases of `repository_contract` that one task can see: save, find, delete, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from .base import ensure, raising
from .repository_cases import ANN, BOB, Person, Product, RepositoryCases, everything_in

__all__ = ["BasicCalls"]


class BasicCalls(RepositoryCases):
    """Save, find, delete."""

    def test_every_opening_gives_an_empty_repository(self) -> None:
        """The factory gives an empty one each time; this is a promise of your factory, to this suite."""

        async def case() -> None:
            for _ in range(2):
                async with self.opening(Person) as people:
                    found = await everything_in(people)
                    ensure(
                        found == [],
                        "each call of the factory gives an empty repository (a fresh file, schema or table)",
                        f"it holds {found}",
                    )
                    await people.save(ANN)

        self._run(case)

    def test_what_was_saved_is_found(self) -> None:
        """``find_by_id`` gives the entity that was saved under the key, and no other."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save(ANN)
                await people.save(BOB)
                for person in (ANN, BOB):
                    found = await people.find_by_id(person.id)
                    ensure(found == person, "what was saved is found by its key, every field of it", found)

        self._run(case)

    def test_not_found_is_none(self) -> None:
        """A key that was never saved gives None; it is no error."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save(ANN)
                found = await people.find_by_id("nobody")
                ensure(found is None, "find_by_id gives None for a key that is not there", found)

        self._run(case)

    def test_the_key_may_be_any_field(self) -> None:
        """``key=`` names the field that identifies an entity."""

        async def case() -> None:
            async with self.opening(Product, key="code") as products:
                await products.save(Product(3, "nut"))
                await products.save(Product(3, "bolt"))
                found = await everything_in(products)
                ensure(
                    found == [Product(3, "bolt"), Product(3, "nut")],
                    "entities are told apart, and ordered, by the field that key= names",
                    found,
                )
                ensure(await products.find_by_id("nut") == Product(3, "nut"), "the key finds its entity")

        self._run(case)

    def test_saving_again_replaces_the_whole_entity(self) -> None:
        """``save`` is an upsert: the same key is no `Conflict`, and no field of the old entity is left."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save(BOB)
                await people.save(Person(BOB.id, "Rob"))
                found = await everything_in(people)
                ensure(
                    found == [Person(BOB.id, "Rob", None)],
                    "save replaces the whole entity with its key",
                    found,
                )

        self._run(case)

    def test_save_many_takes_any_iterable(self) -> None:
        """A list, a generator, nothing at all."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save_many([BOB])
                await people.save_many(person for person in (ANN, BOB))
                await people.save_many([])
                found = await everything_in(people)
                ensure(found == [ANN, BOB], "save_many saves every entity of any iterable", found)

        self._run(case)

    def test_of_several_with_one_key_the_last_wins(self) -> None:
        """Within one ``save_many`` too, where it is no `Conflict` either."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save_many([ANN, BOB, Person(ANN.id, "Zoe")])
                found = await everything_in(people)
                ensure(found == [Person(ANN.id, "Zoe"), BOB], "of several with one key the last wins", found)

        self._run(case)

    def test_a_failing_iterable_saves_none(self) -> None:
        """``save_many`` saves all or none; an error of the iterable comes out as itself."""

        def entities() -> Iterator[Person]:
            yield ANN
            raise LookupError("the iterable failed")

        async def case() -> None:
            async with self.opening(Person) as people:
                with raising(LookupError, "an error of the iterable leaves save_many"):
                    await people.save_many(entities())
                found = await everything_in(people)
                ensure(found == [], "save_many saves all or none", f"half of it is there: {found}")

        self._run(case)

    def test_what_is_no_entity_is_refused(self) -> None:
        """A `TypeError` at the call, and nothing is saved: not the good ones beside it either."""

        async def case() -> None:
            async with self.opening(Person) as people:
                with raising(TypeError, "save refuses what is no entity with a TypeError"):
                    await people.save("Ann")
                with raising(TypeError, "save_many refuses what is no entity with a TypeError"):
                    await people.save_many([ANN, {"id": BOB.id}])
                found = await everything_in(people)
                ensure(found == [], "save_many with a bad entity saves none", found)

        self._run(case)

    def test_delete_tells_whether_there_was_one(self) -> None:
        """True once, False from then on, and nothing else is touched."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save_many([ANN, BOB])
                told = [await people.delete(ANN.id), await people.delete(ANN.id)]
                ensure(told == [True, False], "delete tells whether there was one, as a bool", told)
                found = await everything_in(people)
                ensure(found == [BOB], "delete removes the entity with the key, and no other", found)

        self._run(case)

    def test_entities_are_copies(self) -> None:
        """Changing an object after ``save``, or one that was found, changes nothing in the repository."""

        async def case() -> None:
            async with self.opening(Person) as people:
                given = Person(ANN.id, ANN.name)
                await people.save(given)
                given.name = "changed after save"
                found = await people.find_by_id(ANN.id)
                ensure(found == ANN, "save stores a copy of the entity", found)
                found.name = "changed after find_by_id"
                found = await people.find_by_id(ANN.id)
                ensure(found == ANN, "find_by_id gives a fresh object at every call", found)
                async with people.all().open() as items:
                    async for item in items:
                        item.name = "changed in all"
                found = await people.find_by_id(ANN.id)
                ensure(found == ANN, "all() gives fresh objects", found)

        self._run(case)

    def test_after_the_block_a_call_ends_in_order(self) -> None:
        """It raises `trio.ClosedResourceError`; one without resources of its own may go on working."""

        async def case() -> None:
            async with self.opening(Person) as people:
                await people.save(ANN)
            try:
                await people.find_by_id(ANN.id)
            except trio.ClosedResourceError:
                return

        self._run(case)
