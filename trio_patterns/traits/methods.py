"""Does a method stand in for a protocol's: called the same way, awaited the same way?"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .members import ANNOTATED
from .signatures import signature_problems

__all__ = ["method_problems"]

Method: TypeAlias = "Callable[..., Any] | staticmethod[..., Any] | classmethod[Any, ..., Any]"

_PLAIN = "a plain `def`"
_COROUTINE = "`async def`"
_GENERATOR = "an async generator (`async def` with `yield`)"

_ASYNC_ITERATORS = frozenset({"AsyncIterator", "AsyncIterable", "AsyncGenerator"})
_AWAITABLES = frozenset({"Awaitable", "Coroutine"})


def method_problems(wanted: Method, given: object) -> Iterator[str]:
    """Yield what makes ``given``, a raw class attribute, differ from the protocol's method ``wanted``."""
    if given is ANNOTATED:
        return  # an attribute that will hold a callable: nothing to look at yet
    if isinstance(given, property):
        yield "is a property, the protocol has a method"
        return
    if isinstance(given, functools.partialmethod):
        given = given.func  # its signature is not told before it is bound
        yield from _kind_problems(_function(wanted), _function(given))
        return
    if not (inspect.isroutine(given) or callable(given)):
        yield f"is not a method but {given!r}"
        return
    if isinstance(wanted, staticmethod | classmethod) and inspect.isfunction(given):
        kind = "static method" if isinstance(wanted, staticmethod) else "class method"
        yield f"is a method of the object, the protocol has a {kind}"
        return
    yield from _kind_problems(_function(wanted), _function(given))
    wanted_signature, given_signature = _bound_signature(wanted), _bound_signature(given)
    if wanted_signature is not None and given_signature is not None:
        problems = ", ".join(signature_problems(wanted_signature, given_signature))
        if problems:
            yield f"{problems}; it is {_shown(given_signature)}, the protocol has {_shown(wanted_signature)}"


def _function(member: Any) -> Any:
    while isinstance(member, functools.partial) or hasattr(member, "__func__"):
        member = member.func if isinstance(member, functools.partial) else member.__func__
    return member


def _unbound(member: Any) -> Any:
    return getattr(member, "__func__", member)


def _bound_signature(member: Any) -> inspect.Signature | None:
    """Return the signature as a caller of the bound method sees it, if it can be told."""
    bound = not inspect.isfunction(member) and not isinstance(member, classmethod)
    try:
        signature = inspect.signature(_unbound(member))
    except (TypeError, ValueError):
        return None  # written in C, for example
    if bound:
        return signature
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        del parameters[0]
    return signature.replace(parameters=parameters)


def _shown(signature: inspect.Signature) -> str:
    """Return the signature as text, without the annotations, which play no part."""
    empty = inspect.Parameter.empty
    parameters = [p.replace(annotation=empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def _kind(function: Any) -> str:
    if inspect.iscoroutinefunction(function):
        return _COROUTINE
    return _GENERATOR if inspect.isasyncgenfunction(function) else _PLAIN


def _kind_problems(wanted: Any, given: Any) -> Iterator[str]:
    wanted_kind, given_kind = _kind(wanted), _kind(given)
    if wanted_kind == given_kind:
        return
    # A decorator's wrapper may be plain and pass on what the function inside returns: either may count.
    if given_kind in _hidden_kinds(wanted) or wanted_kind in _hidden_kinds(given):
        return
    returned_name, given_name = _returned(wanted), _returned(given)
    if wanted_kind == _PLAIN and given_kind == _COROUTINE and returned_name in _AWAITABLES:
        return
    # `def rows(self) -> AsyncIterator[Row]` is how a protocol declares an async generator, and a plain
    # method may hand one out.
    if {wanted_kind, given_kind} == {_PLAIN, _GENERATOR}:
        plain_name = returned_name if wanted_kind == _PLAIN else given_name
        if plain_name in _ASYNC_ITERATORS:
            return
    hint = ""
    if wanted_kind == _COROUTINE and given_kind == _GENERATOR:
        hint = "; declare an async generator as `def name(self) -> AsyncIterator[...]`, without `async`"
    yield f"is {given_kind}, the protocol has {wanted_kind}{hint}"


def _hidden_kinds(function: Any) -> set[str]:
    kinds: set[str] = set()
    while hasattr(function, "__wrapped__"):
        if _kind(function) != _PLAIN:
            break
        function = function.__wrapped__
        kinds.add(_kind(function))
    return kinds


def _returned(function: Any) -> str:
    """Return the bare name of the return annotation: ``AsyncIterator`` of ``abc.AsyncIterator[int]``."""
    annotation: Any = getattr(function, "__annotations__", {}).get("return")
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2].strip()
    return str(getattr(typing.get_origin(annotation) or annotation, "__name__", ""))
