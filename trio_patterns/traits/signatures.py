"""Does one signature accept every call that another one allows?"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import Any

__all__ = ["signature_problems"]

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def signature_problems(wanted: Signature, given: Signature) -> Iterator[str]:
    """Yield each way in which ``given`` refuses, or reads differently, a call that ``wanted`` allows.

    Both without ``self``. Annotations are left to the type checker.
    """
    wanted_positional = [p for p in wanted.parameters.values() if p.kind in _POSITIONAL]
    given_positional = [p for p in given.parameters.values() if p.kind in _POSITIONAL]
    var_positional = any(p.kind is Parameter.VAR_POSITIONAL for p in given.parameters.values())
    var_keyword = any(p.kind is Parameter.VAR_KEYWORD for p in given.parameters.values())
    used: set[str] = set()

    for index, parameter in enumerate(wanted_positional):
        by_name = parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
        if index < len(given_positional):
            counterpart = given_positional[index]
            used.add(counterpart.name)
            yield from _positional_problems(parameter, counterpart, by_name)
        elif not var_positional:
            yield f"has no parameter {parameter.name!r}"
            used.add(parameter.name)  # if it exists as keyword-only, once is enough to say so
        elif by_name and not var_keyword:
            yield f"does not take {parameter.name!r} by name"

    for parameter in wanted.parameters.values():
        if parameter.kind is Parameter.KEYWORD_ONLY:
            named = given.parameters.get(parameter.name)
            if named is None or named.kind in (
                Parameter.POSITIONAL_ONLY,
                Parameter.VAR_POSITIONAL,
                Parameter.VAR_KEYWORD,
            ):
                if not var_keyword:
                    yield f"has no keyword parameter {parameter.name!r}"
            elif named.name in used:
                yield f"takes {parameter.name!r} by position"
            else:
                used.add(named.name)
                yield from _default_problems(parameter, named)
        elif parameter.kind is Parameter.VAR_POSITIONAL and not var_positional:
            yield f"has no *{parameter.name}"
        elif parameter.kind is Parameter.VAR_KEYWORD and not var_keyword:
            yield f"has no **{parameter.name}"

    for parameter in given.parameters.values():
        required = parameter.default is Parameter.empty and parameter.kind in (
            *_POSITIONAL,
            Parameter.KEYWORD_ONLY,
        )
        if required and parameter.name not in used:
            yield f"requires {parameter.name!r}, which the protocol does not have (give it a default)"


def _positional_problems(wanted: Parameter, given: Parameter, by_name: bool) -> Iterator[str]:
    if by_name and given.name != wanted.name:
        yield f"names parameter {wanted.name!r} differently: {given.name!r}"
    elif by_name and given.kind is Parameter.POSITIONAL_ONLY:
        yield f"does not take {wanted.name!r} by name"
    yield from _default_problems(wanted, given)


def _default_problems(wanted: Parameter, given: Parameter) -> Iterator[str]:
    if wanted.default is Parameter.empty:
        return
    if given.default is Parameter.empty:
        yield f"has no default for {given.name!r}"
    elif wanted.default is not ... and not _same(wanted.default, given.default):
        yield (
            f"has another default for {given.name!r}: {given.default!r} instead of {wanted.default!r} "
            "(`= ...` in the protocol allows any)"
        )


def _same(one: Any, other: Any) -> bool:
    """Compare defaults; whatever does not compare to a plain bool (an array, say) only equals itself."""
    try:
        return one is other or bool(one == other)
    except Exception:
        return False
