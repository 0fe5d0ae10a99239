# ruff: noqa: UP007, UP045 - both ways to write a union are meant
from __future__ import annotations

import dataclasses
import enum
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, NewType, Optional, TypeVar, Union

import pytest

from trio_patterns.traits import InMemoryRepository
from trio_patterns.traits.entity import EntityModel

if TYPE_CHECKING:
    from somewhere import Unknown  # type: ignore[import-not-found]

T = TypeVar("T")
Name = NewType("Name", str)
LongName = NewType("LongName", Name)


class Plain:
    id: str


class Bits(enum.Flag):
    A = 1


def with_field(annotation: Any, name: str = "extra") -> Any:
    return dataclasses.make_dataclass("User", [("id", str), (name, annotation)])


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        (Plain, r"Entity must be a dataclass, got <class '.*Plain'>"),
        (3, r"Entity must be a dataclass, got 3"),
        (None, r"Entity must be a dataclass, got None"),
        (
            with_field(int)("1", 2),
            r"Entity must be a dataclass, got the object User\(id='1', extra=2\): pass its class",
        ),
        (with_field(list[str]), r"User.extra: list\[str\] cannot be a column; a field must be str, int, "),
        (with_field(dict), r"User.extra: dict cannot be a column"),
        (with_field(Plain), r"User.extra: Plain cannot be a column"),
        (with_field(int | str), r"User.extra: int \| str cannot be a column"),
        (with_field(Union[int, str, None]), r"User.extra: .* cannot be a column"),
        (with_field(Any), r"User.extra: (typing.)?Any cannot be a column"),
        (with_field(Bits), r"User.extra: Bits cannot be a column"),
        (with_field("nowhere.Unknown"), r"annotations of User cannot be read: name 'nowhere' is not defined"),
        (with_field(None), r"User.extra: NoneType cannot be a column"),
    ],
)
def test_an_entity_that_cannot_be_a_row_is_refused(entity: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        InMemoryRepository(entity)


def test_annotations_for_the_type_checker_only_cannot_be_read() -> None:
    @dataclass
    class User:
        id: str
        other: Unknown

    with pytest.raises(TypeError, match=r"annotations of User cannot be read: name 'Unknown' is not defined"):
        InMemoryRepository(User)


@pytest.mark.parametrize(
    ("annotation", "python", "nullable"),
    [
        (str, str, False),
        (Optional[int], int, True),
        (None | bytes, bytes, True),
        ("Decimal | None", Decimal, True),
        (Annotated[int, "positive"], int, False),
        (LongName, str, False),
        (LongName | None, str, True),
    ],
)
def test_annotations_are_evaluated(annotation: Any, python: type, nullable: bool) -> None:
    entity = with_field(annotation)
    entity.__module__ = __name__
    resolved = EntityModel(entity, "id").fields["extra"]
    assert (resolved.python, resolved.nullable) == (python, nullable)


@pytest.mark.parametrize("annotation", [float, Decimal, Optional[str]])
def test_a_key_must_identify_a_row(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"key: User.code is .*, which cannot identify a row: use str, int"):
        InMemoryRepository(with_field(annotation, "code"), key="code")


def test_the_key_must_be_a_field() -> None:
    with pytest.raises(ValueError, match=r"key must be a field of User \(id, extra\), got 'name'"):
        InMemoryRepository(with_field(int), key="name")
    with pytest.raises(ValueError, match=r"key must be a field of Empty \(it has none\), got 'id'"):
        InMemoryRepository(dataclasses.make_dataclass("Empty", []))
    not_a_name: Any = 3
    with pytest.raises(TypeError, match=r"key must be the name of a field of User, got 3"):
        InMemoryRepository(with_field(int), key=not_a_name)


def test_an_entity_must_be_made_from_its_fields() -> None:
    @dataclass
    class NeedsMore:
        id: str
        seed: InitVar[int]

    @dataclass(init=False)
    class OwnConstructor:
        id: str

        def __init__(self, text: str) -> None:
            self.id = text

    with pytest.raises(TypeError, match=r"Entity NeedsMore cannot be made from its fields: .*'seed'"):
        InMemoryRepository(NeedsMore)
    with pytest.raises(TypeError, match=r"Entity OwnConstructor cannot be made from its fields"):
        InMemoryRepository(OwnConstructor)


async def test_generic_frozen_and_inherited_dataclasses_serve() -> None:
    @dataclass(frozen=True)
    class Base(Generic[T]):
        id: str
        rank: int = field(default=0, kw_only=True)

    @dataclass(frozen=True)
    class Derived(Base[int]):
        note: str = ""
        shout: str = field(init=False, default="")

    repository = InMemoryRepository(Derived)
    await repository.save(Derived("1", "x", rank=3))
    assert await repository.find_by_id("1") == Derived("1", "x", rank=3)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("User", "user"),
        ("LinkCheck", "link_check"),
        ("HTTPPage2XX", "http_page2_xx"),
        ("lower_case", "lower_case"),
    ],
)
def test_the_table_is_named_after_the_entity(name: str, table: str) -> None:
    assert EntityModel(dataclasses.make_dataclass(name, [("id", int)]), "id").snake_name == table
