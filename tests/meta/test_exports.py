"""What is public: every name resolves, is documented to the house's template, and costs little to import."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import trio_patterns

#: The families, and the tools for tests, which are public in the same way.
FAMILIES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry", "testing", "timeline")
each_family = pytest.mark.parametrize("family", FAMILIES)


def exported() -> list[tuple[str, object]]:
    """Every public name of every family, as ``family.name``, with its object."""
    found = []
    for family in FAMILIES:
        module = import_module(f"trio_patterns.{family}")
        found += [
            (f"{family}.{name}", getattr(module, name, None)) for name in getattr(module, "__all__", ())
        ]
    return found


EXPORTED = exported()
FUNCTIONS = [(name, value) for name, value in EXPORTED if inspect.isfunction(value)]
CLASSES = [(name, value) for name, value in EXPORTED if inspect.isclass(value)]


def methods() -> list[tuple[str, object]]:
    """Every public method that a public class defines or inherits from this library."""
    found: dict[object, tuple[str, object]] = {}
    for owner, cls in CLASSES:
        assert isinstance(cls, type)
        for base in cls.__mro__:
            if not base.__module__.startswith("trio_patterns"):
                continue
            for name, value in vars(base).items():
                function = inspect.unwrap(
                    value.__func__ if isinstance(value, classmethod | staticmethod) else value
                )
                if inspect.isfunction(function) and not name.startswith("_"):
                    found.setdefault(function, (f"{owner}.{name}", function))
    return list(found.values())


METHODS = methods()


def documented(pairs: list[tuple[str, object]]) -> pytest.MarkDecorator:
    """Parametrise over (name, object) pairs, by name."""
    return pytest.mark.parametrize("value", [value for _, value in pairs], ids=[name for name, _ in pairs])


def sections(value: object) -> dict[str, str]:
    """Split a docstring into its sections: heading, without the colon, to text."""
    text = inspect.cleandoc(getattr(value, "__doc__", None) or "")
    parts = re.split(r"^([A-Z][A-Za-z ]*):$", text, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def mentioned(parameter: str, text: str) -> bool:
    """Tell whether an ``Args:`` section describes ``parameter``, alone or in ``a, b: ...``."""
    return any(
        re.match(rf"\s*(?:[*\w ,`\\]+, )?[*\\`]*{parameter}`*(?:, [*\w ,`\\]+)?(?: \(.*\))?:", line)
        for line in text.splitlines()
    )


def parameters(function: object) -> list[str]:
    """Name what a caller passes."""
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def opens_a_scope(function: object) -> bool:
    """Tell whether what ``function`` returns is used with ``async with``."""
    returned = typing.get_type_hints(function).get("return")
    return any(hasattr(typing.get_origin(kind) or kind, "__aenter__") for kind in (returned,))


@each_family
def test_family_exports_what_it_says(family: str) -> None:
    """`__all__` has no duplicates and no stale names; everything public in sight is in it."""
    module = import_module(f"trio_patterns.{family}")
    assert module.__doc__
    assert module.__all__
    assert len(module.__all__) == len(set(module.__all__))
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    in_sight = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert in_sight - set(module.__all__) == set()


def test_root_exports_resolve_to_the_families_names() -> None:
    """`trio_patterns.x` is the very object that a family exports (errors may come from `_core`)."""
    assert len(trio_patterns.__all__) == len(set(trio_patterns.__all__))
    families = {id(value) for _, value in EXPORTED}
    strangers = []
    for name in trio_patterns.__all__:
        value = getattr(trio_patterns, name)
        if name not in ("__version__", "TrioPatternsError", *FAMILIES) and id(value) not in families:
            strangers.append(name)
    assert strangers == []


def test_no_name_is_exported_by_two_families_with_two_meanings() -> None:
    """One name, one thing."""
    meanings: dict[str, set[int]] = {}
    for dotted, value in EXPORTED:
        meanings.setdefault(dotted.partition(".")[2], set()).add(id(value))
    assert {name for name, ids in meanings.items() if len(ids) > 1} == set()


@documented(FUNCTIONS + CLASSES + METHODS)
def test_public_name_has_a_docstring_with_a_summary(value: object) -> None:
    """One line, ends with a full stop."""
    own = vars(value).get("__doc__") if isinstance(value, type) else value.__doc__  # a class inherits none
    summary = inspect.cleandoc(own or "").partition("\n")[0]
    assert summary
    assert summary[-1] in ".:?!"


@documented(FUNCTIONS)
def test_public_function_documents_every_parameter(value: object) -> None:
    """`Args:` names each, so that unit and range have a place."""
    text = sections(value).get("Args", "")
    assert [name for name in parameters(value) if not mentioned(name, text)] == []


@documented(FUNCTIONS)
def test_public_function_that_returns_something_says_what(value: object) -> None:
    """`Returns:`, or `Yields:` for what `async with` and `async for` hand over."""
    returned = inspect.signature(value).return_annotation  # type: ignore[arg-type]
    if returned not in (None, "None", inspect.Signature.empty, "NoReturn"):
        assert {"Returns", "Yields"} & sections(value).keys()


@documented([(n, v) for n, v in FUNCTIONS if inspect.iscoroutinefunction(v) or "open_" in n])
def test_public_async_function_says_what_happens_on_cancellation(value: object) -> None:
    """What is undone, what may be lost, who is awaited; and what it raises."""
    assert sections(value).get("Cancellation", "").strip()
    assert sections(value).get("Raises", "").strip()


@documented(CLASSES)
def test_public_class_documents_how_it_is_made(value: object) -> None:
    """The arguments of a class that the user constructs stand in the docstring of the class."""
    assert isinstance(value, type)
    is_protocol = getattr(value, "_is_protocol", False)
    made_by_user = "__init__" in vars(value) and not is_protocol and not issubclass(value, Exception)
    if made_by_user and "Args" in sections(value):
        text = sections(value)["Args"]
        assert [name for name in parameters(value) if not mentioned(name, text)] == []


@documented([(n, v) for n, v in METHODS if inspect.iscoroutinefunction(v)])
def test_public_async_method_says_what_happens_on_cancellation(value: object) -> None:
    """In its own docstring, or for all methods in that of its class, or of the interface named there."""
    name = getattr(value, "__name__", "")
    owners = [cls for _, cls in CLASSES if getattr(cls, name, None) is value]
    owners += [base for owner in owners if isinstance(owner, type) for base in owner.__mro__]
    described = "".join(getattr(owner, "__doc__", None) or "" for owner in owners)
    interfaces = [
        cls
        for n, cls in CLASSES
        if getattr(cls, "_is_protocol", False) and f"`{n.partition('.')[2]}`" in described
    ]
    texts = [value.__doc__, described, *(interface.__doc__ for interface in interfaces)]
    assert any(re.search(r"[Cc]ancel", text or "") for text in texts)


def run(code: str) -> str:
    """Run ``code`` in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["trio_patterns", *(f"trio_patterns.{family}" for family in FAMILIES)])
def test_import_is_light(module: str) -> None:
    """No optional package and no process machinery is loaded before somebody asks for it."""
    heavy = {
        "sqlalchemy",
        "psycopg",
        "httpx",
        "rich",
        "dask",
        "distributed",
        "hypercorn",
        "bs4",
        "pytest",
        "multiprocessing",
        "concurrent.futures.process",
        "asyncio",
    }
    code = f"import sys, {module}\nprint(*sorted({heavy!r} & sys.modules.keys()))"
    # What trio's own tools for tests load (pytest, if it is there) ours may load too.
    below = "trio.testing" if module == "trio_patterns.testing" else "trio"
    allowed = run(f"import sys, {below}, trio_util\nprint(*sorted({heavy!r} & sys.modules.keys()))")
    assert run(code) == allowed


POSIX_ONLY = {
    "crypt",
    "fcntl",
    "grp",
    "nis",
    "ossaudiodev",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
}


def posix_imports(source: str) -> Iterator[str]:
    """Yield the POSIX-only modules that ``source`` imports anywhere."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        yield from (name for name in names if name.partition(".")[0] in POSIX_ONLY)


def test_library_imports_no_posix_only_module(root: Path) -> None:
    """Windows has none of them; not even inside a function."""
    found = {
        path.name: names
        for path in sorted((root / "trio_patterns").rglob("*.py"))
        if (names := list(posix_imports(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize("source", ["import pwd", "def f():\n    from fcntl import flock"])
def test_posix_check_catches(source: str) -> None:
    """The check itself works."""
    assert list(posix_imports(source))


def test_library_imports_where_posix_names_are_missing() -> None:
    """As on Windows: no POSIX-only module, and no SIGHUP, SIGUSR1, fork or unix socket to name at import."""
    run(
        f"""
import os, pkgutil, signal, socket, sys
import trio, trio.testing, trio_util, concurrent.futures, logging, random, dataclasses, selectors, subprocess
for name in {sorted(POSIX_ONLY)!r}:
    sys.modules[name] = None
for owner, names in (
    (signal, ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM", "SIGCHLD", "SIGKILL", "pthread_sigmask"]),
    (os, ["fork", "forkpty", "getuid", "geteuid", "setsid", "killpg", "posix_spawn", "uname"]),
    (socket, ["AF_UNIX", "socketpair"]),
):
    for name in names:
        if hasattr(owner, name):
            delattr(owner, name)
import trio_patterns
for module in pkgutil.walk_packages(trio_patterns.__path__, "trio_patterns."):
    __import__(module.name)
"""
    )
