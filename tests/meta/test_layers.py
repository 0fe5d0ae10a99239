"""The library's layers: a module imports only from lower ones, and only what its layer may depend on."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Low to high. Families on one level do not know each other; ``testing`` and ``timeline`` see all others.
LAYERS = (
    {"_core"},
    {"spawning", "retry"},
    {"shutdown", "backpressure"},
    {"streams"},
    {"traits"},
    {"testing", "timeline"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

#: What a family may import besides the standard library and the layers below it.
EVERYWHERE = {"trio", "outcome", "trio_util"}
#: Packages that come with an extra. That importing a family loads none of them is a test of the exports.
OPTIONAL = {"streams": {"rich"}, "traits": {"sqlalchemy", "psycopg"}, "testing": {"pytest", "pytest_trio"}}
#: The one door to what trio keeps private. Its own tests tell when trio has moved it.
DOOR = Path("_core/scheduler_door.py")

#: Standard library, that of newer Pythons included.
STANDARD = sys.stdlib_module_names | {"annotationlib"}


def absolute(node: ast.ImportFrom, package: tuple[str, ...]) -> str:
    """Resolve ``from ..x import y``, standing in ``package``, to the dotted name of x."""
    if not node.level:
        return node.module or ""
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def imports(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of each import in ``source``, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(names=names):
                module = absolute(node, package)
                # `from .. import streams` names a package in the alias, so give both.
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(str(name)), *_]
            ) if called in ("import_module", "__import__"):
                yield node.lineno, name
            case _:
                pass


def modules(package: Path) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """Yield (layer, file, dotted package) of every module below ``package`` but the root's own."""
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package).parts
        if len(inner) > 1:
            yield inner[0], path, (package.name, *inner[:-1])


def layer_breaks(package: Path) -> list[str]:
    """Name every import that goes sideways or up, wherever in the file it stands."""
    breaks = []
    for layer, path, dotted in modules(package):
        where = path.relative_to(package.parent).as_posix()
        if layer not in LEVEL:
            breaks.append(f"{where}: {layer} has no level among the layers")
            continue
        for line, name in imports(path.read_text(encoding="utf-8"), dotted):
            parts = name.split(".")
            if parts[0] != package.name:
                continue
            target = parts[1] if len(parts) > 1 else ""
            if target == layer:
                continue
            if target not in LEVEL:
                breaks.append(
                    f"{where}:{line}: {layer} imports {package.name} itself, which imports every family"
                )
            elif LEVEL[target] >= LEVEL[layer]:
                breaks.append(f"{where}:{line}: {layer} imports {target}, which is not below it")
    return breaks


def outside_breaks(package: Path) -> list[str]:
    """Name every third-party import that a layer may not have."""
    breaks = []
    for layer, path, dotted in modules(package):
        where = path.relative_to(package.parent).as_posix()
        allowed = {"trio", "outcome"} if layer == "_core" else EVERYWHERE
        for line, name in imports(path.read_text(encoding="utf-8"), dotted):
            top = name.partition(".")[0]
            if top == package.name or top in STANDARD or top in allowed:
                continue
            if top not in OPTIONAL.get(layer, set()):
                breaks.append(f"{where}:{line}: {layer} may not depend on {top}")
    return breaks


def private_names(package: Path) -> list[str]:
    """Name every use of something of trio's that begins with an underscore."""
    breaks = []
    for path in sorted(set(package.rglob("*.py")) - {package / DOOR}):
        where = path.relative_to(package.parent).as_posix()
        source = path.read_text(encoding="utf-8")
        found = [(line, name) for line, name in imports(source, (package.name,)) if name.startswith("trio._")]
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Attribute)
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
            ):
                owner = ast.unparse(node.value)
                if owner == "trio" or owner.startswith(("trio.", "outcome.")):
                    found.append((node.lineno, f"{owner}.{node.attr}"))
        breaks += [f"{where}:{line}: {name} is private" for line, name in found]
    return breaks


def test_no_module_imports_from_its_own_level_or_above(root: Path) -> None:
    """Imports inside functions and for type checkers count as well."""
    assert layer_breaks(root / "trio_patterns") == []


def test_core_needs_only_trio_and_families_only_their_own_extras(root: Path) -> None:
    """`_core`: standard library, trio, outcome. The others: also trio-util, and their extra."""
    assert outside_breaks(root / "trio_patterns") == []


def test_library_uses_no_private_name_of_trio(root: Path) -> None:
    """What begins with an underscore may change in any release."""
    assert private_names(root / "trio_patterns") == []


@pytest.mark.parametrize(
    ("file", "source", "breach"),
    [
        ("retry/a.py", "from ..spawning import spawn", "retry imports spawning"),
        ("retry/a.py", "from .. import streams", "retry imports streams"),
        (
            "spawning/a.py",
            "def f():\n    from trio_patterns.shutdown.token import T",
            "spawning imports shutdown",
        ),
        ("streams/a.py", "if TYPE_CHECKING:\n    from ..traits import Repository", "streams imports traits"),
        ("streams/deep/a.py", "from ...traits import Repository", "streams imports traits"),
        ("shutdown/a.py", "import trio_patterns.backpressure", "shutdown imports backpressure"),
        (
            "traits/a.py",
            "import importlib\nimportlib.import_module('trio_patterns.testing')",
            "traits imports testing",
        ),
        ("traits/a.py", "from trio_patterns import gather", "traits imports trio_patterns itself"),
        ("traits/a.py", "import trio_patterns", "traits imports trio_patterns itself"),
        ("novelty/a.py", "import trio", "novelty has no level"),
    ],
)
def test_layer_check_catches_a_bad_edge(tmp_path: Path, file: str, source: str, breach: str) -> None:
    """The check itself works: each kind of forbidden import is named with file and edge."""
    path = tmp_path / "trio_patterns" / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    (found,) = layer_breaks(tmp_path / "trio_patterns")
    assert found.startswith(f"trio_patterns/{file}:")
    assert breach in found


def test_layer_check_allows_lower_layers(tmp_path: Path) -> None:
    """Its own family, what is below it, and names that only look alike."""
    path = tmp_path / "trio_patterns" / "streams" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "from . import b\nfrom .b import c\nfrom .._core.groups import leaves\nimport trio.testing\n"
    )
    assert layer_breaks(tmp_path / "trio_patterns") == []


@pytest.mark.parametrize(
    ("file", "source", "breach"),
    [
        ("_core/a.py", "import trio_util", "_core may not depend on trio_util"),
        ("_core/a.py", "def f():\n    import rich", "_core may not depend on rich"),
        ("spawning/a.py", "import sqlalchemy", "spawning may not depend on sqlalchemy"),
        ("retry/a.py", "class C:\n    from sqlalchemy import text", "retry may not depend on sqlalchemy"),
    ],
)
def test_dependency_check_catches_a_bad_import(tmp_path: Path, file: str, source: str, breach: str) -> None:
    """The check itself works."""
    path = tmp_path / "trio_patterns" / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    (found,) = outside_breaks(tmp_path / "trio_patterns")
    assert breach in found


def test_dependency_check_allows_what_an_extra_brings(tmp_path: Path) -> None:
    """To the family that the extra is for."""
    path = tmp_path / "trio_patterns" / "traits" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text("import sqlalchemy\nimport trio_util\nimport annotationlib\n")
    assert outside_breaks(tmp_path / "trio_patterns") == []


@pytest.mark.parametrize(
    "source", ["import trio._core", "from trio._core import _run", "trio.lowlevel._secret()"]
)
def test_private_name_check_catches(tmp_path: Path, source: str) -> None:
    """The check itself works."""
    path = tmp_path / "trio_patterns" / "spawning" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert len(private_names(tmp_path / "trio_patterns")) == 1
