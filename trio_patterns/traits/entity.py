"""``EntityModel``: a dataclass seen as a row, the same way by every repository."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar, final

from .fields import FieldType, resolve_field_type

__all__ = ["EntityModel", "Row"]

E = TypeVar("E")

#: A row as the database sees it: column name to value.
Row: TypeAlias = "dict[str, Any]"


@final
class EntityModel(Generic[E]):
    """Checks a dataclass once, then turns its objects into rows and back.

    Rows hold immutable values only, so that what an in-memory repository keeps shares nothing with the
    objects.
    """

    __slots__ = ("_assigned", "_initialised", "entity", "fields", "key", "name")

    def __init__(self, entity: type[E], key: object) -> None:
        _check_dataclass(entity)
        self.entity: type[E] = entity
        self.name = entity.__name__
        fields = dataclasses.fields(entity)  # type: ignore[arg-type]  # checked above
        names = [field.name for field in fields]
        if not isinstance(key, str):
            raise TypeError(f"key must be the name of a field of {self.name}, got {key!r}")
        if key not in names:
            raise ValueError(
                f"key must be a field of {self.name} ({', '.join(names) or 'it has none'}), got {key!r}"
            )
        self.key = key
        hints = _hints(entity)
        self.fields: Mapping[str, FieldType] = {
            name: resolve_field_type(f"{self.name}.{name}", hints[name]) for name in names
        }
        if not self.fields[key].is_key:
            raise TypeError(
                f"key: {self.name}.{key} is {self.fields[key]}, which cannot identify a row: "
                "use str, int, bool, bytes, datetime, date, UUID or an Enum"
            )
        self._initialised = [field.name for field in fields if field.init]
        self._assigned = [field.name for field in fields if not field.init]
        self._check_constructor()

    @property
    def snake_name(self) -> str:
        """The entity's name as a table name: ``LinkCheck``: ``link_check``, ``HTTPPage``: ``http_page``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name).lower()

    def _check_constructor(self) -> None:
        """Make sure that an object can be built from its fields alone."""
        try:
            inspect.signature(self.entity).bind(**dict.fromkeys(self._initialised))
        except TypeError as exc:
            raise TypeError(f"Entity {self.name} cannot be made from its fields: {exc}") from None

    def row(self, entity: E) -> Row:
        """Return the row of ``entity``.

        Raises:
          TypeError: if it is not an ``Entity``, or a field holds a value of another type.
          ValueError: if a field holds a value that not every database can store as it is.
        """
        if type(entity) is not self.entity:
            hint = " (a subclass: its own fields would be lost)" if isinstance(entity, self.entity) else ""
            raise TypeError(f"entity must be a {self.name}, got {entity!r}{hint}")
        return {
            name: self._write(f"{self.name}.{name}", field, getattr(entity, name))
            for name, field in self.fields.items()
        }

    def rows(self, entities: Iterable[E]) -> Iterable[Row]:
        """Return an iterator of the rows of ``entities``, which is checked at once to be iterable."""
        try:
            iterator = iter(entities)
        except TypeError:
            hint = ": collect it, or save its chunks" if hasattr(entities, "__aiter__") else ""
            raise TypeError(f"entities must be an iterable of {self.name}, got {entities!r}{hint}") from None
        return map(self.row, iterator)

    def key_value(self, key: object) -> Any:
        """Return ``key`` as the database sees it, after the same checks as the field's."""
        return self._write(f"key ({self.name}.{self.key})", self.fields[self.key], key)

    def _write(self, where: str, field: FieldType, value: object) -> Any:
        if not field.accepts(value):
            raise TypeError(f"{where} must be {field}, got {value!r}")
        if value is None:
            return None
        try:
            return field.write(value)
        except ValueError as exc:
            raise ValueError(f"{where} {exc}, got {value!r}") from None

    def from_values(self, values: Sequence[Any]) -> E:
        """Build an entity from column values in the fields' order."""
        loaded = {
            name: None if value is None else field.read(value)
            for (name, field), value in zip(self.fields.items(), values, strict=True)
        }
        entity = self.entity(**{name: loaded[name] for name in self._initialised})
        for name in self._assigned:
            # A field that the constructor computes gets the stored value, on frozen dataclasses too.
            object.__setattr__(entity, name, loaded[name])
        return entity


def _check_dataclass(entity: object) -> None:
    if not dataclasses.is_dataclass(entity):
        raise TypeError(f"Entity must be a dataclass, got {entity!r}")
    if not isinstance(entity, type):
        raise TypeError(f"Entity must be a dataclass, got the object {entity!r}: pass its class")


def _hints(entity: type[Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(entity)
    except (NameError, AttributeError, TypeError) as exc:
        raise TypeError(
            f"the annotations of {entity.__name__} cannot be read: {exc} "
            "(names must be importable at run time, at the top of the class's module)"
        ) from exc
