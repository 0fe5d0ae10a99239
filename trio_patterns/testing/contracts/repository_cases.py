"""What the cases of `repository_contract` share: entities, and how a repository is opened."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from .base import Contract

__all__ = ["ANN", "BOB", "Counted", "Person", "Product", "RepositoryCases", "everything_in"]


@dataclass
class Person:
    """An entity: two of them that share one field only are a mixture."""

    id: str
    name: str
    email: str | None = None


@dataclass
class Product:
    """An entity whose key comes second, under another name."""

    price: int
    code: str


@dataclass
class Counted:
    """An entity that counts how many objects were made of it."""

    id: int
    made: ClassVar[int] = 0

    def __post_init__(self) -> None:
        Counted.made += 1


ANN = Person("ann", "Ann")
BOB = Person("bob", "Bob", "bob@example.org")


class RepositoryCases(Contract):
    """Base of the cases."""

    factory: Any

    def opening(self, entity: type[Any], *, key: str = "id") -> AbstractAsyncContextManager[Any]:
        """Return what opens an empty repository."""
        made: Any = self.factory(entity, key=key)
        return made if hasattr(made, "__aexit__") else nullcontext(made)


async def everything_in(repository: Any) -> list[Any]:
    """Return all entities, in the order in which they come."""
    found: list[Any] = await repository.all().collect()
    return found
