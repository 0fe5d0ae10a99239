"""What the library's own repositories have in common beyond `trio_patterns.testing.repository_contract`.

Types of fields and keys, values that are refused, messages. A test class inherits from `RepositoryDetails`
and has an ``opening`` fixture: a function that takes a dataclass and the name of its key, and returns an
async context manager of an empty repository.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, make_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar, NewType, TypeAlias
from uuid import UUID

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trio_patterns.traits import Repository

Opening: TypeAlias = Callable[..., AbstractAsyncContextManager[Any]]

UserId = NewType("UserId", str)


@dataclass
class User:
    id: UserId
    name: str
    email: str | None = None


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    ALSO_RED = 1  # noqa: PIE796 - an alias


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """One field of every type."""

    registry: ClassVar[list[str]] = []

    id: int
    text: str = ""
    ratio: float = 0.0
    flag: bool = False
    data: bytes = b""
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    day: date = date(2026, 1, 1)
    price: Decimal = Decimal(0)
    uuid: UUID = UUID(int=0)  # noqa: RUF009 - immutable
    color: Color = Color.RED
    maybe_text: str | None = None
    maybe_ratio: float | None = None
    maybe_flag: bool | None = None
    maybe_data: bytes | None = None
    maybe_at: datetime | None = None
    maybe_day: date | None = None
    maybe_price: Decimal | None = None
    maybe_uuid: UUID | None = None
    maybe_color: Color | None = None


@dataclass
class OnlyKey:
    id: int


@dataclass
class Computed:
    id: str
    loud: str = field(init=False)
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.loud = self.id.upper()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
big_ints = st.integers(-(2**63), 2**63 - 1)
moments = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))])
)
prices = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20)
floats = st.floats(allow_nan=False, allow_subnormal=False)
everythings = st.builds(
    Everything,
    id=big_ints,
    text=texts,
    ratio=floats,
    flag=st.booleans(),
    data=st.binary(max_size=20),
    at=moments,
    day=st.dates(),
    price=prices,
    uuid=st.uuids(),
    color=st.sampled_from(Color),
    maybe_text=st.none() | texts,
    maybe_ratio=st.none() | floats,
    maybe_flag=st.none() | st.booleans(),
    maybe_data=st.none() | st.binary(max_size=20),
    maybe_at=st.none() | moments,
    maybe_day=st.none() | st.dates(),
    maybe_price=st.none() | prices,
    maybe_uuid=st.none() | st.uuids(),
    maybe_color=st.none() | st.sampled_from(Color),
)

ANN = User(UserId("1"), "Ann")
BOB = User(UserId("2"), "Bob", "bob@example.org")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a thread or a server does: nothing here can be waited for but by looking."""
    with trio.fail_after(10):
        while True:
            await trio.sleep(0.005)
            if condition():
                return


async def everything_in(repository: Repository[Any, Any]) -> list[Any]:
    async with repository.all().open() as items:
        return [item async for item in items]


class RepositoryDetails:
    """Inherit, and add the fixture ``opening``."""

    @pytest.mark.parametrize("count", [1, 10, 100, 1201])
    async def test_many_rows_are_all_saved_and_come_in_the_order_of_keys(
        self, opening: Opening, count: int
    ) -> None:
        numbers = [OnlyKey(n * 7919 % count - 600) for n in range(count)]
        async with opening(OnlyKey) as repository:
            await repository.save_many(numbers)
            assert await everything_in(repository) == [OnlyKey(n - 600) for n in range(count)]

    async def test_a_bad_entity_among_many_saves_none(self, opening: Opening) -> None:
        def entities() -> Iterator[Any]:
            yield ANN
            yield {"id": "2"}

        async with opening(User) as users:
            with pytest.raises(TypeError, match=r"entity must be a User, got \{'id': '2'\}"):
                await users.save_many(entities())
            assert await everything_in(users) == []

    async def test_what_is_deleted_while_all_runs_does_not_come(self, opening: Opening) -> None:
        async with opening(OnlyKey) as numbers:
            await numbers.save_many(OnlyKey(n) for n in range(300))
            seen: list[int] = []
            async with numbers.all().open() as items:
                async for item in items:
                    if item.id == 0:
                        await numbers.delete(299)
                        await numbers.save(OnlyKey(-1))
                    seen.append(item.id)
            assert seen == list(range(299))

    async def test_an_entity_with_nothing_but_a_key(self, opening: Opening) -> None:
        async with opening(OnlyKey) as numbers:
            await numbers.save(OnlyKey(1))
            await numbers.save(OnlyKey(1))
            assert await everything_in(numbers) == [OnlyKey(1)]

    async def test_fields_that_the_constructor_does_not_take(self, opening: Opening) -> None:
        async with opening(Computed) as computed:
            entity = Computed("a")
            entity.loud, entity.seen = "by hand", 7
            await computed.save(entity)
            found = await computed.find_by_id("a")
            assert (found.loud, found.seen) == ("by hand", 7)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(everythings)
    async def test_every_type_comes_back_as_it_was(self, opening: Opening, entity: Everything) -> None:
        async with opening(Everything) as repository:
            await repository.save(entity)
            found = await repository.find_by_id(entity.id)
            assert found == entity
            assert [type(value) for value in values_of(found)] == [type(value) for value in values_of(entity)]
            assert await everything_in(repository) == [entity]
            assert await repository.delete(entity.id)

    @pytest.mark.parametrize("ratio", [math.inf, -math.inf, -0.0, 5e-324, 0.1 + 0.2])
    async def test_floats_at_the_edge(self, opening: Opening, ratio: float) -> None:
        async with opening(Everything) as repository:
            await repository.save(Everything(id=1, ratio=ratio))
            assert (await repository.find_by_id(1)).ratio == ratio

    async def test_an_int_in_a_float_field_is_a_float(self, opening: Opening) -> None:
        async with opening(Everything) as repository:
            await repository.save(Everything(id=1, ratio=3))
            assert type((await repository.find_by_id(1)).ratio) is float

    @pytest.mark.parametrize(
        "keys",
        [
            ["", "A", "Z", "a", "a b", "ab", "a\u00e9", "b", "\u00e4", "\u20ac", "\U0001f600"],
            [-(2**63), -1, 0, 1, 2**63 - 1],
            [b"", b"\0", b"\0\0", b"a", b"\xff"],
            [False, True],
            [date(1, 1, 1), date(999, 12, 31), date(2026, 1, 2), date(9999, 12, 31)],
            [datetime(999, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
            + [datetime(2026, 1, 1, 0, 0, 0, micro, tzinfo=UTC) for micro in (1, 10, 999999)],
            [UUID(int=0), UUID(int=1), UUID(int=2**127), UUID(int=2**128 - 1)],
        ],
        ids=lambda keys: type(keys[0]).__name__,
    )
    async def test_every_kind_of_key_finds_sorts_and_deletes(self, opening: Opening, keys: list[Any]) -> None:
        """Collations, time zones and text forms of dates must not change the order."""
        Keyed = make_dataclass("Keyed", [("key", type(keys[0]))])
        async with opening(Keyed, key="key") as repository:
            await repository.save_many(Keyed(key) for key in reversed(keys))
            assert [entity.key for entity in await everything_in(repository)] == keys
            assert [entity.key for entity in await in_small_pages(repository)] == keys
            for key in keys:
                assert await repository.find_by_id(key) == Keyed(key)
                assert await repository.delete(key)
            assert await everything_in(repository) == []

    async def test_enum_keys(self, opening: Opening) -> None:
        Keyed = make_dataclass("Keyed", [("key", Color)])
        async with opening(Keyed, key="key") as repository:
            await repository.save_many([Keyed(Color.RED), Keyed(Color.GREEN), Keyed(Color.ALSO_RED)])
            assert [entity.key for entity in await everything_in(repository)] == [Color.GREEN, Color.RED]
            assert await repository.find_by_id(Color.RED) == Keyed(Color.RED)

    @pytest.mark.parametrize(
        ("entity", "message"),
        [
            ({"text": 5}, r"Everything.text must be str, got 5"),
            ({"text": None}, r"Everything.text must be str, got None"),
            ({"maybe_text": 5}, r"Everything.maybe_text must be str \| None, got 5"),
            ({"id": True}, r"Everything.id must be int, got True"),
            ({"ratio": True}, r"Everything.ratio must be float, got True"),
            ({"flag": 1}, r"Everything.flag must be bool, got 1"),
            ({"data": "x"}, r"Everything.data must be bytes, got 'x'"),
            ({"day": datetime(2026, 1, 1, tzinfo=UTC)}, r"Everything.day must be date, got datetime"),
            ({"at": date(2026, 1, 1)}, r"Everything.at must be datetime, got datetime.date"),
            ({"price": 1.5}, r"Everything.price must be Decimal, got 1.5"),
            ({"uuid": "0"}, r"Everything.uuid must be UUID, got '0'"),
            ({"color": "RED"}, r"Everything.color must be Color, got 'RED'"),
        ],
    )
    async def test_a_value_of_the_wrong_type_is_refused(
        self, opening: Opening, entity: dict[str, Any], message: str
    ) -> None:
        async with opening(Everything) as repository:
            with pytest.raises(TypeError, match=message):
                await repository.save(Everything(**{"id": 1, **entity}))
            assert await everything_in(repository) == []

    @pytest.mark.parametrize(
        ("entity", "message"),
        [
            (
                {"text": "a\0"},
                r"Everything.text holds a NUL character, which PostgreSQL cannot store, got 'a",
            ),
            ({"text": "\ud800"}, r"Everything.text is no valid text: surrogates not allowed at 0, got"),
            ({"id": 2**63}, r"Everything.id does not fit into 64 bits, got 9223372036854775808"),
            (
                {"ratio": math.nan},
                r"Everything.ratio is not a number, and SQLite would store it as NULL, got nan",
            ),
            ({"at": datetime(2026, 1, 1)}, r"Everything.at has no time zone, .* got datetime"),
            ({"price": Decimal("Infinity")}, r"Everything.price is not finite, got Decimal"),
        ],
    )
    async def test_a_value_that_a_database_would_change_is_refused(
        self, opening: Opening, entity: dict[str, Any], message: str
    ) -> None:
        async with opening(Everything) as repository:
            with pytest.raises(ValueError, match=message):
                await repository.save(Everything(**{"id": 1, **entity}))

    async def test_arguments_of_the_wrong_type_are_refused(self, opening: Opening) -> None:
        @dataclass
        class Admin(User):
            level: int = 0

        async with opening(User) as users:
            with pytest.raises(TypeError, match=r"key \(User.id\) must be str, got 5"):
                await users.find_by_id(5)
            with pytest.raises(TypeError, match=r"key \(User.id\) must be str, got None"):
                await users.delete(None)
            with pytest.raises(TypeError, match=r"entity must be a User, got 'Ann'"):
                await users.save("Ann")
            with pytest.raises(
                TypeError, match=r"got .*Admin.* \(a subclass: its own fields would be lost\)"
            ):
                await users.save(Admin(UserId("1"), "Ann"))
            with pytest.raises(TypeError, match=r"entities must be an iterable of User, got User"):
                await users.save_many(ANN)
            with pytest.raises(TypeError, match=r"entities must be an .*: collect it, or save its chunks"):
                await users.save_many(trio.open_memory_channel[Any](0)[1])
            assert "User" in repr(users)


async def in_small_pages(repository: Any) -> list[Any]:
    """Collect ``all`` with two rows a batch, where the implementation has batches."""
    if hasattr(repository, "_page_size"):
        repository._page_size = 2
    return await everything_in(repository)


def values_of(entity: Any) -> list[Any]:
    return [getattr(entity, name) for name in entity.__dataclass_fields__ if name != "registry"]
