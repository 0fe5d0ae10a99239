"""The Python types that a field may have, each with what every database keeps of it, bit by bit."""

from __future__ import annotations

import enum
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, final
from uuid import UUID

__all__ = ["FieldType", "resolve_field_type"]

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


@final
@dataclass(frozen=True, slots=True)
class FieldType:
    """How a field's value is checked, written to a column, and read back.

    ``write`` gets a value of ``python`` and returns what goes to the database; it raises `ValueError` with
    the end of a sentence for a value that some database would refuse or change.
    """

    python: type[Any]
    column: str
    nullable: bool
    is_key: bool
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]

    def accepts(self, value: object) -> bool:
        """Tell whether ``value`` has the type; an int passes for a float, a bool never for a number."""
        if value is None:
            return self.nullable
        if self.python is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.python is int:
            return isinstance(value, int) and not isinstance(value, bool)
        if self.python is date:
            return isinstance(value, date) and not isinstance(value, datetime)
        return isinstance(value, self.python)

    def __str__(self) -> str:
        return f"{self.python.__name__} | None" if self.nullable else self.python.__name__


def _same(value: Any) -> Any:
    return value


def _write_str(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL character, which PostgreSQL cannot store")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise ValueError(f"is no valid text: {exc.reason} at {exc.start}") from None
    return str(value)


def _write_int(value: int) -> int:
    if not _INT_MIN <= value <= _INT_MAX:
        raise ValueError("does not fit into 64 bits")
    return int(value)


def _write_float(value: float) -> float:
    if math.isnan(value):
        raise ValueError("is not a number, and SQLite would store it as NULL")
    return float(value)


def _write_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("is not finite")
    return value


def _write_datetime(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(
            "has no time zone, so each database would take it for another moment: use an aware one"
        )
    return value.astimezone(UTC)


def _read_datetime(value: datetime) -> datetime:
    return value.astimezone(UTC)


# Decimal and float are no keys: databases disagree on when two of them are equal, and on their order.
_SIMPLE: Final[Mapping[type[Any], tuple[str, bool, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    str: ("str", True, _write_str, str),
    int: ("int", True, _write_int, int),
    bool: ("bool", True, bool, bool),
    float: ("float", False, _write_float, float),
    bytes: ("bytes", True, bytes, bytes),
    datetime: ("datetime", True, _write_datetime, _read_datetime),
    date: ("date", True, _same, _same),
    Decimal: ("decimal", False, _write_decimal, _same),
    UUID: ("uuid", True, _same, _same),
}

_SUPPORTED: Final = (
    "str, int, float, bool, bytes, datetime, date, Decimal, UUID, an Enum, or one of them `| None`"
)


def resolve_field_type(where: str, annotation: object) -> FieldType:
    """Return the field type of an evaluated annotation; an error names ``where`` (``User.name``)."""
    nullable = False
    python: Any = annotation
    if typing.get_origin(python) in (typing.Union, types.UnionType):
        members = [member for member in typing.get_args(python) if member is not types.NoneType]
        if len(members) == 1:
            nullable, python = True, members[0]
    while hasattr(python, "__supertype__"):
        python = python.__supertype__  # typing.NewType
    if isinstance(python, type) and issubclass(python, enum.Enum) and not issubclass(python, enum.Flag):
        members_by_name = python.__members__
        return FieldType(
            python,
            "str",
            nullable,
            not nullable,
            lambda member: member.name,
            lambda name: members_by_name[name],
        )
    if not isinstance(python, type) or python not in _SIMPLE:
        shown = annotation.__qualname__ if isinstance(annotation, type) else str(annotation)
        raise TypeError(f"{where}: {shown} cannot be a column; a field must be {_SUPPORTED}")
    column, is_key, write, read = _SIMPLE[python]
    return FieldType(python, column, nullable, is_key and not nullable, write, read)
