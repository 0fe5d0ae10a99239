"""An included file is highlighted as what its name says: ``.out`` is plain text, ``.rs`` is Rust."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from sphinx.directives.code import LiteralInclude

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class LiteralIncludeByName(LiteralInclude):
    """``literalinclude`` that derives ``:language:`` from the file's suffix when it is not given."""

    languages: ClassVar = {".py": "python", ".out": "text", ".txt": "text", ".rs": "rust", ".toml": "toml"}

    def run(self) -> list[nodes.Node]:
        """Fill the language in and go on as usual."""
        language = self.languages.get(PurePosixPath(self.arguments[0]).suffix)
        if language and "diff" not in self.options:
            self.options.setdefault("language", language)
        return super().run()


def setup(app: Sphinx) -> dict[str, Any]:
    """Replace Sphinx's own directive of that name."""
    app.add_directive("literalinclude", LiteralIncludeByName, override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
