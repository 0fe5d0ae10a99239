"""``implements``: a class that does not fit its protocol fails when it is defined, not when it is called."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from .members import MISSING, find_member, is_protocol, is_stub, protocol_members
from .methods import method_problems

__all__ = ["implements"]

C = TypeVar("C", bound=type[Any])


def implements(protocol: type[Any]) -> Callable[[C], C]:
    """Check that the decorated class has every member of ``protocol`` in the same form.

    ``isinstance`` with `typing.runtime_checkable` compares names only: it cannot see that ``def save`` stands
    where ``async def save`` should, and a class that misses a method fails at its first call, perhaps in
    production. The type checker sees all this, but only where the class is assigned to the protocol.
    Here the check is one line at the class, and runs when the class is defined.

    It looks at what a call depends on: that the method exists, whether it is a coroutine function, an async
    generator or plain, and that it accepts every call that the protocol allows. It may be more general:
    extra parameters with defaults, ``*args``, ``**kwargs``. Annotations are not compared, that is the type
    checker's part. The class comes back unchanged.

    Synopsis::

        class Store(Protocol):
            async def save(self, name: str, *, overwrite: bool = False) -> None: ...

        @implements(Store)
        class FileStore:
            async def save(self, name: str, *, overwrite: bool = False) -> None:
                ...

    Args:
      protocol: A `typing.Protocol` class, bare or with its parameters (``Repository[str, User]``).

    Returns:
      A decorator that returns the class it is given.

    Raises:
      TypeError: if ``protocol`` is not a protocol; from the decorator: if the class does not implement it,
        naming the class, the protocol, and each method with what is wrong about it.
    Cost:
      Once per class, at definition: about 50 microseconds for each method (measured with `Repository`).
      Nothing per call.
    Source:
      Rust's ``impl Trait for Type``, which the compiler checks as a whole. Abstract base classes check
      only that the names exist, when the first object is made.

    See Also:
      ``docs/patterns/traits``, ``examples/traits/implements.py``.
    """
    origin: Any = typing.get_origin(protocol) or protocol
    if not is_protocol(origin):
        raise TypeError(f"protocol must be a typing.Protocol class, got {protocol!r}")

    def check(cls: C) -> C:
        if not isinstance(cls, type):
            raise TypeError(f"@implements({origin.__name__}) decorates a class, got {cls!r}")
        problems = [
            f"{name} {problem}"
            for name, wanted in protocol_members(origin).items()
            for problem in _member_problems(cls, name, wanted)
        ]
        if problems:
            separator = "\n  " if len(problems) > 1 else " "
            head = f"{cls.__qualname__} does not implement {origin.__qualname__}:"
            raise TypeError(separator.join([head, *problems]))
        return cls

    return check


def _member_problems(cls: type[Any], name: str, wanted: object) -> Iterator[str]:
    owner, given = find_member(cls, name)
    if given is MISSING or (given is None and inspect.isroutine(wanted)):
        yield _missing(wanted)
    elif owner is not None and is_protocol(owner) and is_stub(given):
        # The class inherits from the protocol, whose `...` would run and return None.
        yield "is missing (inherited from the protocol, with an empty body)"
    elif isinstance(wanted, property):
        yield from _property_problems(wanted, given)
    elif isinstance(wanted, staticmethod | classmethod) or inspect.isfunction(wanted):
        yield from method_problems(
            cast("Callable[..., Any] | staticmethod[..., Any] | classmethod[Any, ..., Any]", wanted), given
        )


def _missing(wanted: object) -> str:
    target = getattr(wanted, "__func__", wanted)
    if inspect.iscoroutinefunction(target):
        return "is missing (the protocol has `async def`)"
    if inspect.isroutine(target):
        return "is missing"
    return "is missing (declare the attribute in the class body)"


def _property_problems(wanted: property, given: object) -> Iterator[str]:
    if inspect.isfunction(given) or isinstance(given, staticmethod | classmethod):
        yield "is a method, the protocol has a property"
    elif isinstance(given, property):
        if wanted.fset is not None and given.fset is None:
            yield "is a read-only property, the protocol's can be set"
        if inspect.iscoroutinefunction(wanted.fget) != inspect.iscoroutinefunction(given.fget):
            yield "is a property that only one of the two makes awaitable"
