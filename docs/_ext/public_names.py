"""The reference page, made from each package's ``__all__`` at build time, so that it cannot fall behind.

``.. public-names:: package`` lists a package's names, how each is used and its docstring's first line. Each
name links to its entry on the family's page; in nitpicky mode a public name without an entry is a warning.
Names that `trio_patterns` re-exports lead, in cross-references and in ``objects.inv``, to the same entry.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
_REFERENCE = re.compile(r"(?<!`)`~?([^`<]+?)(?: <[^`>]+>)?`(?!`)")

ROOT = "trio_patterns"
FAMILIES = ("spawning", "shutdown", "backpressure", "streams", "traits", "retry")


def documented_as(package: str, name: str) -> str:
    """Return the path under which a public name is documented: its family's, if it has one."""
    if package == ROOT:
        value = getattr(importlib.import_module(ROOT), name)
        for family in FAMILIES:
            module = importlib.import_module(f"{ROOT}.{family}")
            if name in getattr(module, "__all__", ()) and getattr(module, name) is value:
                return f"{ROOT}.{family}.{name}"
    return f"{package}.{name}"


def kind(value: Any) -> str:
    """Say how a name is used, as briefly as its signature would."""
    doc = inspect.getdoc(value) or ""
    if inspect.isclass(value):
        if issubclass(value, BaseException):
            return "exception"
        if "\nYields:" in doc:
            return "``with``"  # a class only because a generator could not do what it does
        return "protocol" if getattr(value, "_is_protocol", False) else "class"
    if inspect.iscoroutinefunction(value):
        return "``await``"
    if callable(value) and "\nYields:" in doc:
        return "``async with``" if "open_" in value.__name__ else "``async for``"
    return "function" if inspect.isroutine(value) else "value"


def summary(package: str, name: str, value: Any) -> str:
    """Return the first sentence of a name's docstring, or of the ``#:`` comment above a value."""
    if inspect.isclass(value) or inspect.isroutine(value):
        paragraph = (inspect.getdoc(value) or "").split("\n\n")[0]
        # Names are relative to the entry that they stand in, which this table is not.
        return _REFERENCE.sub(r"``\1``", " ".join(paragraph.split()))
    package_path = importlib.import_module(package).__path__
    for module in (package, *(f"{package}.{found.name}" for found in pkgutil.iter_modules(package_path))):
        try:
            comment = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
        except PycodeError:  # Sphinx 8 does not know `*args: *Ts`
            continue
        if comment:
            return " ".join(comment).strip()
    return ""


class PublicNames(SphinxDirective):
    """``.. public-names:: package``."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Write the table as reStructuredText and let Sphinx parse it."""
        package = self.arguments[0]
        self.env.note_dependency(__file__)
        module = importlib.import_module(package)
        names = [name for name in getattr(module, "__all__", ()) if name != "__version__"]
        if not names:
            raise self.error(f"{package} has no __all__")
        rows = [".. list-table::", "   :header-rows: 1", "   :widths: auto", "   :class: public-names", ""]
        rows += ["   * - Name", "     - Kind", "     - In one line"]
        for name in sorted(names, key=str.lower):
            value = getattr(module, name)
            line = summary(package, name, value)
            if not line:
                logger.warning("%s.%s has no docstring", package, name, location=self.get_location())
            rows += [
                f"   * - :py:obj:`{name} <{documented_as(package, name)}>`",
                f"     - {kind(value)}",
                f"     - {line}",
            ]
            self.env.note_dependency(
                inspect.getsourcefile(value) if inspect.isclass(value) else module.__file__
            )
        container = nodes.Element()
        source = StringList(rows, source=f"public names of {package}")
        self.state.nested_parse(source, self.content_offset, container)
        return container.children


def alias_reexports(app: Sphinx, env: BuildEnvironment) -> None:
    """Let ``trio_patterns.gather`` lead to where ``trio_patterns.spawning.gather`` is documented."""
    objects = env.get_domain("py").data["objects"]
    for name in importlib.import_module(ROOT).__all__:
        entry = objects.get(documented_as(ROOT, name))
        if entry is not None:
            objects.setdefault(f"{ROOT}.{name}", entry._replace(aliased=True))


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive and the aliases."""
    app.add_directive("public-names", PublicNames)
    app.connect("env-updated", alias_reexports)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
