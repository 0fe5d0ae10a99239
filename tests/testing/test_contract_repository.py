"""`repository_contract` finds what is wrong with these repositories, each wrong in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import trio

from tests.testing.contract_runs import broken_promise, case_of
from trio_patterns.streams import Stream, stream
from trio_patterns.testing import repository_contract
from trio_patterns.traits import InMemoryRepository


class Shelf:
    """A repository on a dictionary, right in all things; the others change one of them."""

    def __init__(self, entity: type[Any], *, key: str) -> None:
        self.entity, self.key = entity, key
        self.rows: dict[Any, Any] = {}

    def check(self, entity: Any) -> Any:
        if not isinstance(entity, self.entity):
            raise TypeError(f"entity must be a {self.entity.__name__}, got {entity!r}")
        return replace(entity)

    async def find_by_id(self, key: Any) -> Any:
        await trio.lowlevel.checkpoint()
        row = self.rows.get(key)
        return None if row is None else replace(row)

    async def save(self, entity: Any) -> None:
        row = self.check(entity)
        await trio.lowlevel.checkpoint()
        self.rows[getattr(row, self.key)] = row

    async def save_many(self, entities: Any) -> None:
        rows = [self.check(entity) for entity in entities]
        await trio.lowlevel.checkpoint()
        self.rows.update((getattr(row, self.key), row) for row in rows)

    async def delete(self, key: Any) -> bool:
        await trio.lowlevel.checkpoint()
        return self.rows.pop(key, None) is not None

    def all(self) -> Stream[Any]:
        return stream(self.entities)

    async def entities(self) -> AsyncIterator[Any]:
        await trio.lowlevel.checkpoint()
        for row in self.in_order():
            yield row

    def in_order(self) -> Iterator[Any]:
        for key in sorted(self.rows):
            if key in self.rows:
                yield replace(self.rows[key])


CASES = [case.__name__ for case in repository_contract(Shelf).cases()]


@pytest.mark.parametrize("name", CASES)
def test_the_right_one_passes(name: str) -> None:
    case_of(repository_contract(Shelf), name.removeprefix("test_"))()


# Each wrong one, the case that finds it, and a word of what it says.

BROKEN: list[tuple[Callable[..., Any], str, str]] = []


def found_by(case: str, says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(factory: Callable[..., Any]) -> Callable[..., Any]:
        BROKEN.append((factory, case, says))
        return factory

    return add


@found_by("save_that_replaces_is_done_or_not", "completely or not at all")
class LosesTheOldRowOnCancel(Shelf):
    async def save(self, entity: Any) -> None:
        self.rows.pop(getattr(self.check(entity), self.key), None)
        await super().save(entity)


@found_by("save_many_is_done_or_not", "completely or not at all")
class SavesManyOneByOne(Shelf):
    async def save_many(self, entities: Any) -> None:
        for entity in entities:
            await self.save(entity)
        await trio.lowlevel.checkpoint()


@found_by("a_failing_iterable_saves_none", "half of it is there")
class SavesWhileItIterates(Shelf):
    async def save_many(self, entities: Any) -> None:
        for entity in entities:
            await self.save(entity)


@found_by("save_of_a_new_entity_is_done_or_not", "a call that returned has been done")
class SwallowsCancelledAndForgets(Shelf):
    async def save(self, entity: Any) -> None:
        with suppress(trio.Cancelled):
            await super().save(entity)


@found_by("delete_is_done_or_not", "Cancelled was swallowed")
class SwallowsCancelledInDelete(Shelf):
    async def delete(self, key: Any) -> bool:
        existed = self.rows.pop(key, None) is not None
        with suppress(trio.Cancelled):
            await trio.lowlevel.checkpoint()
        return existed


@found_by("find_by_id_may_be_cancelled", "it does not end")
class KeepsItsTurnWhenCancelled(Shelf):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.turn = trio.Semaphore(1)

    async def find_by_id(self, key: Any) -> Any:
        await self.turn.acquire()
        found = await super().find_by_id(key)
        self.turn.release()
        return found


@found_by("all_may_be_left_early", "every task waits, and nothing will wake one")
@found_by("all_may_be_cancelled", "it does not end")
class LeaksAConnectionAtEachExit(Shelf):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pool = trio.Semaphore(1)

    async def entities(self) -> AsyncIterator[Any]:
        await self.pool.acquire()
        for row in self.in_order():
            yield row
        self.pool.release()


@found_by("all_fetches_no_more_than_the_consumer_asks_for", "1200 were made")
class FetchesTheWholeTable(Shelf):
    async def entities(self) -> AsyncIterator[Any]:
        await trio.lowlevel.checkpoint()
        for row in [replace(self.rows[key]) for key in sorted(self.rows)]:
            yield row


@found_by("all_gives_every_entity_in_the_order_of_keys", "in the order of keys")
class InOrderOfArrival(Shelf):
    async def entities(self) -> AsyncIterator[Any]:
        await trio.lowlevel.checkpoint()
        for row in list(self.rows.values()):
            yield replace(row)


@found_by("all_is_cold_and_may_be_run_again", "reads when it is run")
class ReadsWhenCalled(Shelf):
    def all(self) -> Stream[Any]:
        return stream([replace(self.rows[key]) for key in sorted(self.rows)])


@found_by("the_repository_may_be_used_while_all_runs", "every task waits")
class OneConnectionHeldByTheStream(Shelf):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connection = trio.Semaphore(1)

    async def find_by_id(self, key: Any) -> Any:
        async with self.connection:
            return await super().find_by_id(key)

    async def entities(self) -> AsyncIterator[Any]:
        async with self.connection:
            for row in self.in_order():
                yield row


@found_by("entities_are_copies", "save stores a copy")
class KeepsTheObjectItself(Shelf):
    def check(self, entity: Any) -> Any:
        super().check(entity)
        return entity


@found_by("entities_are_copies", "a fresh object at every call")
class GivesTheObjectItself(Shelf):
    async def find_by_id(self, key: Any) -> Any:
        await trio.lowlevel.checkpoint()
        return self.rows.get(key)


@found_by("saving_again_replaces_the_whole_entity", "replaces the whole entity")
class KeepsFieldsThatAreNone(Shelf):
    async def save(self, entity: Any) -> None:
        old = self.rows.get(getattr(entity, self.key))
        if getattr(old, "email", None) and entity.email is None:
            entity = replace(entity, email=old.email)
        await super().save(entity)


@found_by("of_two_who_save_one_key_one_is_there_whole", "are not mixed")
class WritesFieldByField(Shelf):
    async def save(self, entity: Any) -> None:
        row = self.rows.setdefault(entity.id, self.check(entity))
        row.name = entity.name
        await trio.lowlevel.checkpoint()
        row.email = entity.email


@found_by("tasks_may_call_at_once_in_any_order", "a task finds what it has saved")
class WritesBackACopyOfAll(Shelf):
    async def save(self, entity: Any) -> None:
        rows = dict(self.rows)
        await trio.lowlevel.checkpoint()
        rows[entity.id] = self.check(entity)
        self.rows = rows


@found_by("cancelling_one_call_leaves_the_others_alone", "takes nothing from calls that run beside it")
class RollsBackForAll(Shelf):
    before: dict[Any, Any] | None = None

    async def save(self, entity: Any) -> None:
        before = dict(self.rows)
        self.rows[entity.id] = self.check(entity)
        try:
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            self.rows = {key: row for key, row in before.items() if key != "zoe"}
            raise


@found_by("every_method_is_a_checkpoint", "find_by_id of nothing is a checkpoint")
class NoCheckpointIfNotFound(Shelf):
    async def find_by_id(self, key: Any) -> Any:
        return await super().find_by_id(key) if key in self.rows else None


@found_by("a_call_cancelled_before_it_begins_does_nothing", "save, cancelled before it begins, does nothing")
class SavesFirst(Shelf):
    async def save(self, entity: Any) -> None:
        self.rows[entity.id] = self.check(entity)
        await trio.lowlevel.checkpoint()


@found_by("delete_tells_whether_there_was_one", "tells whether there was one")
class DeleteTellsNothing(Shelf):
    async def delete(self, key: Any) -> None:  # type: ignore[override]
        await super().delete(key)


@found_by("not_found_is_none", "KeyError")
class RaisesIfNotFound(Shelf):
    async def find_by_id(self, key: Any) -> Any:
        await trio.lowlevel.checkpoint()
        return replace(self.rows[key])


@found_by("what_is_no_entity_is_refused", "nothing was raised")
class TakesAnything(Shelf):
    def check(self, entity: Any) -> Any:
        return replace(entity) if isinstance(entity, self.entity) else self.entity("x", "x")


@found_by("the_key_may_be_any_field", "by the field that key= names")
class LooksAtTheFirstField(Shelf):
    def __init__(self, entity: type[Any], *, key: str) -> None:
        super().__init__(entity, key=next(iter(entity.__dataclass_fields__)))


@found_by("of_several_with_one_key_the_last_wins", "the last wins")
class TheFirstWins(Shelf):
    async def save_many(self, entities: Any) -> None:
        await super().save_many(reversed(list(entities)))


_shared: dict[Any, Any] = {}


@found_by("every_opening_gives_an_empty_repository", "a fresh file, schema or table")
class SharedByAll(Shelf):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _shared.clear() if len(_shared) > 1 else None
        self.rows = _shared


@found_by("after_the_block_a_call_ends_in_order", "RuntimeError")
@asynccontextmanager
async def fails_strangely_when_closed(entity: type[Any], *, key: str) -> AsyncIterator[Any]:
    shelf = Shelf(entity, key=key)
    yield shelf

    def find_by_id(key: Any) -> Any:
        raise RuntimeError("no such file descriptor")

    shelf.find_by_id = find_by_id  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("factory", "case", "says"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_wrong_one_is_found(factory: Callable[..., Any], case: str, says: str) -> None:
    contract = repository_contract(factory)
    if says.endswith("Error"):
        with pytest.raises(Exception) as caught:
            case_of(contract, case)()
        assert caught.typename == says
        return
    assert says in broken_promise(contract, case)


# With threads: the same cases on the real clock


class Threaded(Shelf):
    """Saves in a thread, and waits for it."""

    async def save_many(self, entities: Any) -> None:
        rows = [self.check(entity) for entity in entities]
        await trio.to_thread.run_sync(lambda: self.rows.update((getattr(row, self.key), row) for row in rows))

    async def delete(self, key: Any) -> bool:
        return await trio.to_thread.run_sync(lambda: self.rows.pop(key, None) is not None)

    async def find_by_id(self, key: Any) -> Any:
        row = await trio.to_thread.run_sync(self.rows.get, key, abandon_on_cancel=True)
        return None if row is None else replace(row)


@pytest.mark.parametrize("name", CASES)
def test_the_right_one_with_threads_passes(name: str) -> None:
    case_of(repository_contract(Threaded, threads=True), name.removeprefix("test_"))()


class DeletesByHalf(Threaded):
    async def delete(self, key: Any) -> bool:
        row = await trio.to_thread.run_sync(lambda: self.rows.pop(key, None))
        if row is not None:
            self.rows[f"trash {key}"] = row
            await trio.to_thread.run_sync(lambda: self.rows.pop(f"trash {key}"))
        return row is not None


class SwallowsInThreads(Threaded):
    async def delete(self, key: Any) -> bool:
        deleted = await super().delete(key)
        with suppress(trio.Cancelled):
            await trio.to_thread.run_sync(lambda: None)
        return deleted


@pytest.mark.parametrize(
    ("factory", "says"),
    [(DeletesByHalf, "completely or not at all"), (SwallowsInThreads, "it was swallowed at")],
)
def test_a_wrong_one_with_threads_is_found(factory: Callable[..., Any], says: str) -> None:
    assert says in broken_promise(repository_contract(factory, threads=True), "delete_is_done_or_not")


def test_max_points_bounds_the_sweep() -> None:
    """The first points on the real clock; evenly spread ones in virtual time."""
    for threads in (False, True):
        case_of(repository_contract(DeletesByHalf, threads=threads, max_points=1), "delete_is_done_or_not")()


def test_a_fixture_may_set_the_factory() -> None:
    """As an instance's attribute, which is what a fixture of the class can do."""
    contract = repository_contract(SharedByAll)
    suite: Any = contract()
    suite.factory = InMemoryRepository
    suite.test_every_opening_gives_an_empty_repository()


def test_arguments_are_checked_at_the_call() -> None:
    with pytest.raises(TypeError, match="factory must be a function that opens a repository"):
        repository_contract(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_points must be an int >= 1, got 0"):
        repository_contract(InMemoryRepository, max_points=0)
