"""Each public name's entry ends with its example, a program that the tests run.

An example is a file: ``reference/examples/<package>/<Name>.py``. What stands below its line ``# ---`` runs it
and is left out. autodoc's entries get theirs as one more field; ``.. name-example:: <package>.<Name>`` puts
one below an entry that is written by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from example_files import PACKAGES, ROOT, example_file, names_of, shown
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

VIRTUAL = "Time begins at 0 in a run under ``trio.testing.MockClock(autojump_threshold=0)``."


def field(package: str, name: str) -> list[str]:
    """Return the example as the lines of a field; nothing if there is none."""
    try:
        code = shown(example_file(package, name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    lines = [":Example:", "   .. code-block:: python", "      :class: name-example", ""]
    lines += [f"      {line}".rstrip() for line in code.splitlines()]
    if "current_time()" in code:
        lines += ["", f"   {VIRTUAL}"]
    return [*lines, ""]


def _split(path: str) -> tuple[str, str] | None:
    """Return the package and the name of a public name's path."""
    root, _, rest = path.partition(".")
    package, _, name = rest.partition(".")
    return (package, name) if root == ROOT and package in PACKAGES and name in names_of(package) else None


def _process_docstring(app: Sphinx, what: str, path: str, obj: Any, options: Any, lines: list[str]) -> None:
    found = _split(path)
    # A second entry of a name says `:no-index:`, or Sphinx warns.
    if found is None or options.get("no-index") or options.get("no_index"):
        return
    app.env.note_dependency(str(example_file(*found)))
    if lines and lines[-1].strip():
        lines.append("")
    lines += field(*found)


class NameExample(SphinxDirective):
    """``.. name-example:: package.Name``."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Parse the field where the directive stands, so that it becomes one of the entry's."""
        found = _split(f"{ROOT}.{self.arguments[0]}")
        lines = field(*found) if found else []
        if found is None or not lines:
            raise self.error(f"no example of {self.arguments[0]}")
        self.env.note_dependency(str(example_file(*found)))
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source=str(example_file(*found))), 0, container)
        return container.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect behind Napoleon, which has the default priority of 500 and would read the lines once more."""
    app.connect("autodoc-process-docstring", _process_docstring, priority=600)
    app.add_directive("name-example", NameExample)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
