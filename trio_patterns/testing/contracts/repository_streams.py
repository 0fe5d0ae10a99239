"""The cases of `repository_contract` about ``all()``."""

from __future__ import annotations

from .base import ensure, raising
from .repository_cases import ANN, BOB, Counted, Person, RepositoryCases, everything_in

__all__ = ["StreamsOfAll"]

#: Rows in a table that nobody should hold at once, and how many of them may be fetched for the first.
ROWS, AHEAD = 1200, 600
#: More than any pool of connections has, so that one leaked at each exit is missed.
MANY = 20


class StreamsOfAll(RepositoryCases):
    """``all()`` is a stream."""

    def test_all_gives_every_entity_in_the_order_of_keys(self) -> None:
        """Each once; nothing of nothing."""

        async def case() -> None:
            async with self.opening(Counted) as numbers:
                found = await everything_in(numbers)
                ensure(found == [], "all() of an empty repository is empty", found)
                await numbers.save_many(Counted(n * 7 % 300) for n in range(300))
                ids = [item.id for item in await everything_in(numbers)]
                ensure(
                    ids == list(range(300)), "all() gives each entity once, in the order of keys", ids[:20]
                )

        self._run(case)

    def test_all_is_cold_and_may_be_run_again(self) -> None:
        """The stream is a description: each run sees what is there then."""

        async def case() -> None:
            async with self.opening(Person) as people:
                described = people.all()
                await people.save(ANN)
                first = await described.collect()
                await people.save(BOB)
                second = await described.collect()
                ensure(first == [ANN], "all() reads when it is run, not when it is called", first)
                ensure(second == [ANN, BOB], "the stream of all() may be run again", second)

        self._run(case)

    def test_all_fetches_no_more_than_the_consumer_asks_for(self) -> None:
        """Backpressure: after one item, only a batch of objects was made, not the whole table."""

        async def case() -> None:
            async with self.opening(Counted) as numbers:
                await numbers.save_many(Counted(n) for n in range(ROWS))
                before = Counted.made
                async with numbers.all().open() as items:
                    await anext(aiter(items), None)
                    made = Counted.made - before
                ensure(
                    made <= AHEAD,
                    f"all() fetches a batch at a time: at most {AHEAD} of {ROWS} entities for the first",
                    f"{made} were made",
                )

        self._run(case)

    def test_all_may_be_left_early(self) -> None:
        """By ``break``, by an error, by a sink that wants no more: often, and the store is free each time."""

        async def case() -> None:
            async with self.opening(Counted) as numbers:
                await numbers.save_many(Counted(n) for n in range(300))
                for _ in range(MANY):
                    async with numbers.all().open() as items:
                        async for _ in items:
                            break
                    with raising(LookupError, "an error in a sink of all() comes out"):
                        await numbers.all().for_each(_fail)
                    await numbers.all().first()
                await numbers.save(Counted(-1))
                found = await numbers.all().first()
                ensure(found == Counted(-1), "after early exits the repository works as before", found)

        self._run(case)

    def test_the_repository_may_be_used_while_all_runs(self) -> None:
        """Between two items the stream holds nothing that another call needs."""

        async def case() -> None:
            async with self.opening(Counted) as numbers:
                await numbers.save_many(Counted(n) for n in range(300))
                seen: list[int] = []
                async with numbers.all().open() as items:
                    async for item in items:
                        seen.append(item.id)
                        if item.id % 100 == 0:
                            found = await numbers.find_by_id(item.id)
                            ensure(found == item, "an entity that all() gives is there", found)
                            await numbers.delete(item.id)
                            await numbers.save(Counted(-1))
                ensure(
                    [number for number in seen if number >= 0] == list(range(300)),
                    "what is there all the time comes exactly once, whatever is saved or deleted meanwhile",
                    f"{len(seen)} items",
                )
                left = await numbers.all().count()
                ensure(left == 298, "calls made while all() runs are done", f"{left} entities are left")

        self._run(case)


def _fail(item: object) -> None:
    raise LookupError(item)
