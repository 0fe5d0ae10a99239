"""How an API entry reads: our docstring sections as fields, and signatures without what no caller needs.

Napoleon's ``napoleon_custom_sections`` offers rubrics, which tear an entry apart, or its parameter style,
which takes the words before a colon for a name. Our sections (``Cancellation:``, ``Cost:``, ...) are prose.
So they are rewritten, before Napoleon sees the docstring, to fields beside its own Parameters and Raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx.domains.python import PyObject
from sphinx.ext.napoleon import GoogleDocstring

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Names that autodoc prints as a file imports them, where an annotation that only type checkers read stands
#: beside them.
BARE_NAMES = {"Executor": "concurrent.futures.Executor"}

SECTIONS = ("Cancellation", "Ordering", "Cost", "Source", "See also")
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):\s*$", re.IGNORECASE)


def rewrite(lines: list[str]) -> list[str]:
    """Return ``lines`` with each of our section headings turned into a field name."""
    result: list[str] = []
    for index, line in enumerate(lines):
        heading = _HEADING.match(line)
        body = next((later for later in lines[index + 1 :] if later.strip()), "")
        if heading and body.startswith(" "):
            if result and result[-1].strip():
                result.append("")
            result.append(f":{heading[1].capitalize()}:")
        else:
            result.append(line)
    return result


def _has_section(title: str, obj: Any) -> bool:
    return re.search(rf"^\s*{title}:$", obj.__doc__ or "", re.MULTILINE) is not None


def _process_docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = rewrite(lines)
    if what in ("attribute", "data", "property") and lines:
        # Of these Napoleon reads only the first line, and takes words before a colon for a type. So it gets
        # a first line that is nothing (an escaped line end), and the sections are done for it.
        lines[:] = ["\\", *GoogleDocstring(lines, app.config, app, "function", name, obj, options).lines()]


def _process_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None] | None:
    # `async with open_x(limit) as x` says it all; the manager's own type is of no use to a reader.
    if what in ("function", "method") and _has_section("Yields", obj):
        return signature, None
    # A class that says nothing about arguments is not made by its user: a handle, a record, an interface.
    if what in ("class", "exception") and signature and not _has_section("Args", obj):
        return "", None
    return None


def _resolve_by_public_name(app: Sphinx, env: Any, node: Any, contnode: Any) -> Any:
    if node.get("refdomain") != "py":
        return None
    # A class knows where it was written (`concurrent.futures._base.Executor`); manuals, where to import it.
    # So intersphinx, which comes next, is asked for that.
    target = re.sub(r"\._\w+(?=\.)", "", node["reftarget"])
    target = node["reftarget"] = BARE_NAMES.get(target, target)
    if node["reftype"] != "class":
        return None
    # An alias in a signature is looked up as a class (until Sphinx 9), and documented as data.
    return env.get_domain("py").resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect before Napoleon and intersphinx, whose handlers have the default priority of 500."""
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # what the docstring says; Sphinx would say "Variables"
    app.connect("autodoc-process-docstring", _process_docstring, priority=400)
    app.connect("autodoc-process-signature", _process_signature)
    app.connect("missing-reference", _resolve_by_public_name, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
