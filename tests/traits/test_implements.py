# These classes are declarations and never called, so their async functions need not await.
# flake8: noqa: ASYNC900, ASYNC124
from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

import pytest

from trio_patterns.traits import InMemoryRepository, Repository, implements

K = TypeVar("K", contravariant=True)


class Store(Protocol[K]):
    async def load(self, key: K) -> str | None: ...

    async def save(self, key: K, text: str, *, overwrite: bool = False) -> None: ...


def problems(protocol: Any, cls: type) -> str:
    with pytest.raises(TypeError) as info:
        implements(protocol)(cls)
    return str(info.value)


def make(*bases: type, **members: Any) -> type:
    return type("Impl", bases, members)


# What fits


def test_a_class_that_fits_comes_back_unchanged() -> None:
    class FileStore:
        async def load(self, key: str) -> str | None:
            return key

        async def save(self, key: str, text: str, *, overwrite: bool = False) -> None: ...

    assert implements(Store)(FileStore) is FileStore
    assert implements(Store[str])(FileStore) is FileStore


def test_an_implementation_may_be_more_general() -> None:
    class Wide:
        async def load(self, key: str, version: int = 0, **options: Any) -> str | None: ...

        async def save(self, key: str, text: str, overwrite: bool = False, *more: Any) -> None: ...

    class Anything:
        async def load(self, *args: Any, **kwargs: Any) -> Any: ...

        async def save(self, *args: Any, **kwargs: Any) -> Any: ...

    assert implements(Store)(Wide) is Wide
    assert implements(Store)(Anything) is Anything


def test_inherited_methods_count() -> None:
    class Loads:
        async def load(self, key: str) -> str | None: ...

    class Both(Loads):
        async def save(self, key: str, text: str, *, overwrite: bool = False) -> None: ...

    assert implements(Store)(Both) is Both


def test_our_own_repositories_fit() -> None:
    assert implements(Repository)(InMemoryRepository) is InMemoryRepository


def test_positional_only_parameters_may_have_any_name() -> None:
    class Finder(Protocol):
        async def find(self, key: str, /) -> int: ...

    class Impl:
        async def find(self, wanted: str) -> int: ...

    class Strict:
        async def find(self, wanted: str, /) -> int: ...

    class Variadic:
        async def find(self, *wanted: str) -> int: ...

    for cls in (Impl, Strict, Variadic):
        assert implements(Finder)(cls) is cls


# What is missing


def test_a_missing_method_is_named_with_class_and_protocol() -> None:
    class FileStore:
        async def save(self, key: str, text: str, *, overwrite: bool = False) -> None: ...

    assert problems(Store, FileStore) == (
        f"{FileStore.__qualname__} does not implement Store: load is missing (the protocol has `async def`)"
    )


def test_every_problem_is_told_at_once() -> None:
    text = problems(Store, make())
    assert text.splitlines() == [
        "Impl does not implement Store:",
        "  load is missing (the protocol has `async def`)",
        "  save is missing (the protocol has `async def`)",
    ]


def test_a_method_set_to_none_is_missing() -> None:
    assert "load is missing" in problems(Store, make(load=None))


def test_inheriting_from_the_protocol_does_not_implement_it() -> None:
    """The protocol's empty body would run and return None: the danger of inheriting from it."""

    class Documented(Protocol):
        async def load(self) -> int:
            """Return it."""
            ...

        def plain(self) -> int: ...

        @abstractmethod
        def abstract(self) -> int:
            raise NotImplementedError

        @property
        def size(self) -> int: ...

    class Impl(Documented): ...

    text = problems(Documented, Impl)
    for name in ("load", "plain", "abstract", "size"):
        assert f"{name} is missing (inherited from the protocol, with an empty body)" in text


def test_a_body_in_the_protocol_is_inherited_as_a_default() -> None:
    class Greeter(Protocol):
        async def name(self) -> str: ...

        async def greet(self) -> str:
            return "hello " + await self.name()

    class Impl(Greeter):
        async def name(self) -> str:
            return "Ann"

    assert implements(Greeter)(Impl) is Impl
    assert "greet is missing" in problems(Greeter, make(name=Impl.name))


def test_members_of_extended_protocols_count() -> None:
    class Base(Protocol):
        async def load(self) -> int: ...

    class Extended(Base, Protocol):
        async def save(self) -> int: ...

    text = problems(Extended, make())
    assert "load is missing" in text
    assert "save is missing" in text


# async or not


def test_a_plain_method_where_the_protocol_is_async() -> None:
    def load(self: Any, key: str) -> str | None: ...

    async def save(self: Any, key: str, text: str, *, overwrite: bool = False) -> None: ...

    assert problems(Store, make(load=load, save=save)).endswith(
        "load is a plain `def`, the protocol has `async def`"
    )


def test_an_async_method_where_the_protocol_is_plain() -> None:
    class Plain(Protocol):
        def name(self) -> str: ...

    class Impl:
        async def name(self) -> str: ...

    assert "name is `async def`, the protocol has a plain `def`" in problems(Plain, Impl)


def test_an_async_generator_where_the_protocol_has_a_coroutine_function() -> None:
    """``async def rows() -> AsyncIterator`` without ``yield`` declares a coroutine: an easy mistake."""

    class Rows(Protocol):
        async def rows(self) -> AsyncIterator[int]: ...

    class Impl:
        async def rows(self) -> AsyncIterator[int]:
            yield 1

    text = problems(Rows, Impl)
    assert "rows is an async generator (`async def` with `yield`), the protocol has `async def`" in text
    assert "`def name(self) -> AsyncIterator[...]`, without `async`" in text


@pytest.mark.parametrize("annotation", ["AsyncIterator[int]", "abc.AsyncGenerator[int]", AsyncIterator[int]])
def test_a_protocol_declares_an_async_generator_without_async(annotation: Any) -> None:
    def declared(self: Any) -> Any: ...

    async def rows(self: Any) -> AsyncIterator[int]:
        yield 1

    async def coroutine(self: Any) -> int: ...

    declared.__annotations__["return"] = annotation
    protocol: Any = type(Protocol)("Rows", (Protocol,), {"rows": declared})
    cls = make(rows=rows)
    assert implements(protocol)(cls) is cls
    assert "rows is `async def`" in problems(protocol, make(rows=coroutine))


def test_an_async_generator_in_the_protocol_may_be_handed_out_by_a_plain_method() -> None:
    class Rows(Protocol):
        async def rows(self) -> AsyncIterator[int]:
            yield 0

    class Impl:
        def rows(self) -> AsyncIterator[int]: ...

    class Unannotated:
        def rows(self): ...  # type: ignore[no-untyped-def]

    assert implements(Rows)(Impl) is Impl
    assert "rows is a plain `def`, the protocol has an async generator" in problems(Rows, Unannotated)


def test_a_plain_declaration_that_returns_an_awaitable_may_be_async() -> None:
    class Fetch(Protocol):
        def fetch(self) -> Awaitable[int]: ...

    class Impl:
        async def fetch(self) -> int: ...

    assert implements(Fetch)(Impl) is Impl


def test_a_wrapper_counts_as_what_it_wraps() -> None:
    def traced(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def wrapper(*args: Any) -> Any:
            return fn(*args)

        return wrapper

    def awaiting(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        async def wrapper(*args: Any) -> Any:
            return fn(*args)

        return wrapper

    class Fetch(Protocol):
        async def fetch(self, key: str) -> int: ...

    class Impl:
        @traced
        async def fetch(self, key: str) -> int: ...

    class Plain:
        @traced
        def fetch(self, key: str) -> int: ...

    class Awaiting:
        @awaiting
        def fetch(self, key: str) -> int: ...

    class Backwards:
        @functools.wraps(Impl.fetch)
        async def fetch(self, *args: Any) -> AsyncIterator[int]:
            yield 1

    assert implements(Fetch)(Impl) is Impl
    assert implements(Fetch)(Awaiting) is Awaiting
    assert "fetch is a plain `def`" in problems(Fetch, Plain)
    assert "fetch is an async generator" in problems(Fetch, Backwards)


def test_context_managers_made_of_async_generators_fit_plain_methods() -> None:
    class Sessions(Protocol):
        @asynccontextmanager
        async def session(self) -> AsyncIterator[int]:
            yield 0

    class Same:
        @asynccontextmanager
        async def session(self) -> AsyncIterator[int]:
            yield 1

    class Undecorated:
        async def session(self) -> int: ...

    assert implements(Sessions)(Same) is Same
    assert "session is `async def`" in problems(Sessions, Undecorated)


def test_runtime_checkable_sees_names_only() -> None:
    """isinstance accepts a method that is not async and takes other arguments; the decorator does not."""

    @runtime_checkable
    class Saver(Protocol):
        async def save(self, entity: str) -> None: ...

    class Sloppy:
        def save(self) -> None: ...

    assert isinstance(Sloppy(), Saver)
    text = problems(Saver, Sloppy)
    assert "save is a plain `def`, the protocol has `async def`" in text
    assert "save has no parameter 'entity'; it is (), the protocol has (entity)" in text


# Signatures


@pytest.mark.parametrize(
    ("wanted", "given", "problem"),
    [
        ("a", "b", "names parameter 'a' differently: 'b'"),
        ("a", "", "has no parameter 'a'"),
        ("a", "a, /", "does not take 'a' by name"),
        ("a", "*a", "does not take 'a' by name"),
        ("a", "*, a", "has no parameter 'a'"),
        ("a, b", "b, a", "names parameter 'a' differently: 'b', names parameter 'b' differently: 'a'"),
        ("a=1", "a", "has no default for 'a'"),
        ("a=1", "a=2", "has another default for 'a': 2 instead of 1 (`= ...` in the protocol allows any)"),
        ("*, a", "", "has no keyword parameter 'a'"),
        ("*, a", "a, /", "has no keyword parameter 'a', requires 'a'"),
        ("x, /, *, a", "a", "takes 'a' by position"),
        ("*, a=1", "*, a", "has no default for 'a'"),
        ("*args", "", "has no *args"),
        ("**kw", "", "has no **kw"),
        ("a", "a, b", "requires 'b', which the protocol does not have"),
        ("a", "a, *, b", "requires 'b', which the protocol does not have"),
        ("*, a", "*a", "has no keyword parameter 'a'"),
    ],
)
def test_signatures_that_refuse_a_call(wanted: str, given: str, problem: str) -> None:
    text = problems(protocol_of(wanted), class_of(given))
    assert f"call {problem}" in text


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("", ""),
        ("", "a=1, *, b=2"),
        ("a, /", "b"),
        ("a", "*args, **kw"),
        ("a, *, b", "a, b"),
        ("a, *, b", "a, **kw"),
        ("a=...", "a=7"),
        ("a", "a=7"),
        ("*, a=...", "*, a=7"),
        ("*args, **kw", "a=1, *args, **kw"),
        ("a=float('nan')", "a=NAN"),
        ("a=ODD", "a=ODD"),
    ],
)
def test_signatures_that_accept_every_call(wanted: str, given: str) -> None:
    if "nan" in wanted:
        assert "another default" in problems(protocol_of(wanted), class_of(given))
        return
    cls = class_of(given)
    assert implements(protocol_of(wanted))(cls) is cls


class Odd:
    def __eq__(self, other: object) -> bool:
        raise ArithmeticError

    __hash__ = None  # type: ignore[assignment]


def compiled(parameters: str) -> Any:
    namespace: dict[str, Any] = {"NAN": float("nan"), "ODD": ODD}
    exec(f"def call(self, {parameters}): ...", namespace)
    return namespace["call"]


ODD = Odd()


def protocol_of(parameters: str) -> Any:
    return type(Protocol)("Wanted", (Protocol,), {"call": compiled(parameters)})


def class_of(parameters: str) -> type:
    return make(call=compiled(parameters))


def test_defaults_that_cannot_be_compared_differ() -> None:
    assert "another default" in problems(protocol_of("a=ODD"), class_of("a=1"))


# Attributes, properties, static and class methods, other callables


class Named(Protocol):
    name: str
    limit: int = 3
    kinds: ClassVar[tuple[str, ...]]


def test_attributes_must_be_declared_somewhere() -> None:
    @dataclass
    class Fields:
        name: str
        kinds: ClassVar[tuple[str, ...]] = ()
        limit: int = 0

    class Assigned:
        kinds = ("a",)

        def __init__(self) -> None:
            self.name = "x"
            self.limit = 1

    class Slots:
        __slots__ = ("kinds", "limit", "name")

    class Inherits(Named):
        name = ""
        kinds = ()

    for cls in (Fields, Assigned, Slots, Inherits):
        assert implements(Named)(cls) is cls
    assert problems(Named, make(name="", limit=1)).endswith(
        "kinds is missing (declare the attribute in the class body)"
    )
    assert "name is missing" in problems(Named, make(Named))


class Sized(Protocol):
    @property
    def size(self) -> int: ...

    @property
    def limit(self) -> int: ...

    @limit.setter
    def limit(self, value: int) -> None: ...


def test_properties() -> None:
    class Impl:
        size: int

        @property
        def limit(self) -> int: ...

        @limit.setter
        def limit(self, value: int) -> None: ...

    class Cached:
        limit = 1

        @functools.cached_property
        def size(self) -> int: ...

    class ReadOnly:
        size = 1

        @property
        def limit(self) -> int: ...

    class Method:
        limit = 1

        def size(self) -> int: ...

    class Async:
        limit = 1

        @property
        async def size(self) -> int: ...

    assert implements(Sized)(Impl) is Impl
    assert implements(Sized)(Cached) is Cached
    assert "limit is a read-only property, the protocol's can be set" in problems(Sized, ReadOnly)
    assert "size is a method, the protocol has a property" in problems(Sized, Method)
    assert "size is a property that only one of the two makes awaitable" in problems(Sized, Async)


class Factory(Protocol):
    @classmethod
    async def create(cls, name: str) -> Any: ...

    @staticmethod
    def check(name: str) -> bool: ...


def test_class_and_static_methods() -> None:
    class Impl:
        @classmethod
        async def create(cls, name: str) -> Any: ...

        @staticmethod
        def check(name: str) -> bool: ...

    class Swapped:
        @staticmethod
        async def create(name: str) -> Any: ...

        @classmethod
        def check(cls, name: str) -> bool: ...

    class Instance:
        async def create(self, name: str) -> Any: ...

        def check(self, name: str) -> bool: ...

    class Plain:
        @classmethod
        def create(cls, name: str) -> Any: ...

        @staticmethod
        def check(text: str) -> bool: ...

    assert implements(Factory)(Impl) is Impl
    assert implements(Factory)(Swapped) is Swapped
    text = problems(Factory, Instance)
    assert "create is a method of the object, the protocol has a class method" in text
    assert "check is a method of the object, the protocol has a static method" in text
    text = problems(Factory, Plain)
    assert "create is a plain `def`, the protocol has `async def`" in text
    assert "check names parameter 'name' differently: 'text'" in text


def test_a_static_or_class_method_serves_as_a_method() -> None:
    class Checks(Protocol):
        def check(self, name: str) -> bool: ...

    class Static:
        @staticmethod
        def check(name: str) -> bool: ...

    assert implements(Checks)(Static) is Static


class Finder(Protocol):
    async def find(self, key: str) -> int: ...


async def find_anywhere(prefix: str, key: str) -> int:
    return 1


class CallableObject:
    async def __call__(self, key: str) -> int:
        return 1


@pytest.mark.parametrize(
    "member",
    [
        functools.partial(find_anywhere, "x"),
        functools.partialmethod(find_anywhere, key="x"),
        staticmethod(functools.partial(find_anywhere, "x")),
    ],
)
def test_partials_serve_as_methods(member: Any) -> None:
    cls = make(find=member)
    assert implements(Finder)(cls) is cls


def test_a_field_that_holds_a_callable_serves_as_a_method() -> None:
    @dataclass
    class Impl:
        find: Callable[[str], Awaitable[int]]

    assert implements(Finder)(Impl) is Impl


def test_what_is_no_method_at_all() -> None:
    assert "find is not a method but 3" in problems(Finder, make(find=3))
    assert "find is a property, the protocol has a method" in problems(Finder, make(find=property()))


def test_a_method_without_a_readable_signature_is_taken_as_it_is() -> None:
    class Updates(Protocol):
        def update(self, other: Any) -> None: ...

    class Impl(dict[str, int]): ...

    assert implements(Updates)(Impl) is Impl


def test_a_method_without_self_is_compared_as_written() -> None:
    class Impl:
        async def find(*args: Any, key: str) -> int:  # type: ignore[misc]
            ...

    assert "does not take 'key' by name" in problems(Finder, Impl)


def test_dunder_methods_count_and_bookkeeping_does_not() -> None:
    class Countable(Protocol):
        """A docstring."""

        __slots__ = ()

        def __len__(self) -> int: ...

        async def __aenter__(self) -> int: ...

    class Impl:
        def __len__(self) -> int: ...

        async def __aenter__(self) -> int: ...

    assert implements(Countable)(Impl) is Impl
    text = problems(Countable, make(__aenter__=lambda self: 1))
    assert "__len__ is missing" in text
    assert "__aenter__ is a plain `def`" in text
    assert "slots" not in text


# Arguments


def test_generic_protocols_and_generic_classes() -> None:
    class Memory(Generic[K]):
        async def load(self, key: K) -> str | None: ...

        async def save(self, key: K, text: str, *, overwrite: bool = False) -> None: ...

    assert implements(Store)(Memory) is Memory


@pytest.mark.parametrize("protocol", [int, 3, Protocol, Generic, "Store", None, dict[str, int]])
def test_only_protocols_can_be_implemented(protocol: Any) -> None:
    with pytest.raises(TypeError, match=r"protocol must be a typing.Protocol class, got "):
        implements(protocol)


def test_the_decorator_without_parentheses_says_what_it_wants() -> None:
    class Impl: ...

    with pytest.raises(TypeError, match=r"protocol must be a typing.Protocol class, got .*Impl"):
        implements(Impl)


def test_a_class_that_only_inherits_from_a_protocol_is_no_protocol() -> None:
    class Impl(Finder): ...

    with pytest.raises(TypeError, match="protocol must be"):
        implements(Impl)


def test_only_classes_are_decorated() -> None:
    decorate: Any = implements(Finder)
    with pytest.raises(TypeError, match=r"@implements\(Finder\) decorates a class, got"):
        decorate(find_anywhere)


def test_sync_iterators_are_plain() -> None:
    class Rows(Protocol):
        def rows(self) -> Iterator[int]: ...

    class Impl:
        def rows(self) -> Iterator[int]:
            yield 1

    assert implements(Rows)(Impl) is Impl
