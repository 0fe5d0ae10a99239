"""Docstring sections of our own (``Cancellation:``, ``Cost:``, ...) become fields beside Parameters and Raises.

Napoleon's ``napoleon_custom_sections`` offers rubrics, which tear an entry apart, or its parameter style,
which takes the words before a colon for a name. These sections are prose. So they are rewritten, before
Napoleon sees the docstring, to what Napoleon itself would emit for a field list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

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


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = rewrite(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect before Napoleon, whose handler has the default priority of 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
