"""What a protocol asks for, and where a class has it."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from typing import Any, Final, cast

__all__ = ["ANNOTATED", "MISSING", "find_member", "is_protocol", "is_stub", "protocol_members"]

#: The class has no such member.
MISSING: Final = object()
#: The class has the member as a bare annotation, or sets it in ``__init__``: its value is not known yet.
ANNOTATED: Final = object()

_NOT_MEMBERS = frozenset(
    {"__init__", "__new__", "__init_subclass__", "__class_getitem__", "__subclasshook__"}
    | {"__annotate__", "__annotate_func__", "_is_protocol", "_is_runtime_protocol"}
)


def is_protocol(cls: object) -> bool:
    """Tell whether ``cls`` was defined as a protocol (a class that inherits from one need not be)."""
    return inspect.isclass(cls) and bool(getattr(cls, "_is_protocol", False)) and cls is not typing.Protocol


def _annotations(cls: type[Any]) -> dict[str, Any]:
    if sys.version_info >= (3, 14):  # pragma: no cover
        import annotationlib

        # Names that exist for the type checker only must not fail here.
        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return inspect.get_annotations(cls)


def protocol_members(protocol: type[Any]) -> dict[str, object]:
    """Return each member by name with what the protocol (or one it extends) says of it."""
    members: dict[str, object] = {}
    for base in reversed(protocol.__mro__):
        if is_protocol(base):
            members.update(dict.fromkeys(_annotations(base), ANNOTATED))
            members.update((name, value) for name, value in vars(base).items() if _is_member(name, value))
    return members


def _is_member(name: str, value: object) -> bool:
    if name in _NOT_MEMBERS or name.startswith("_abc_"):
        return False
    if name.startswith("__") and name.endswith("__"):
        # Of the dunders only methods were written by somebody; the rest is the interpreter's bookkeeping.
        return inspect.isfunction(value) or isinstance(value, staticmethod | classmethod | property)
    return True


def find_member(cls: type[Any], name: str) -> tuple[type[Any] | None, object]:
    """Return the class in the resolution order that has ``name``, and the raw value (no descriptor call)."""
    for base in cls.__mro__:
        if name in vars(base):
            return base, vars(base)[name]
        if not is_protocol(base) and (name in _annotations(base) or _is_set_in_init(base, name)):
            return base, ANNOTATED
    return None, MISSING


def _is_set_in_init(cls: type[Any], name: str) -> bool:
    init = vars(cls).get("__init__")
    return inspect.isfunction(init) and name in inspect.unwrap(init).__code__.co_names


def is_stub(value: object) -> bool:
    """Tell whether a method has nothing but ``...``, ``pass`` or a docstring, or is abstract."""
    if getattr(value, "__isabstractmethod__", False):
        return True
    if isinstance(value, property):
        value = value.fget
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    return code is not None and code.co_code in _stub_bytecode()


@functools.cache
def _stub_bytecode() -> frozenset[bytes]:
    def bare() -> None: ...

    def documented() -> None:
        """Say nothing."""

    async def bare_async() -> None: ...

    async def documented_async() -> None:
        """Say nothing."""

    stubs = (bare, documented, bare_async, documented_async)
    return frozenset(cast("Any", stub).__code__.co_code for stub in stubs)
