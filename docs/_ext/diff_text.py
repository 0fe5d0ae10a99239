"""What changed between two steps of a program, as a diff that can be read. This module needs no Sphinx.

A unified diff begins with two paths, each of its hunks with four numbers. A learner needs neither: here a
hunk begins with the name of the function or class that it is in. The docstring of the file is left out.
"""

from __future__ import annotations

import ast
import difflib
import re

__all__ = ["diff_text"]

#: Unchanged lines before and after a change.
CONTEXT = 2


def diff_text(old: str, new: str) -> str:
    """Return the changes from ``old`` to ``new``, two sources in Python.

    Raises:
      ValueError: if nothing has changed but the docstring.
    """
    names = _names(new)
    shown = [_hunk(hunk, names) for hunk in _hunks(_body(old), _body(new))]
    if not shown:
        raise ValueError("the two programs are the same")
    return "\n\n".join(shown) + "\n"


def _hunks(old: list[str], new: list[str]) -> list[list[str]]:
    """Return the hunks of a unified diff, each with its ``@@`` line first."""
    hunks: list[list[str]] = []
    for line in list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))[2:]:
        if line.startswith("@@"):
            hunks.append([])
        hunks[-1].append(line.rstrip())
    return hunks


def _hunk(hunk: list[str], names: dict[int, str]) -> str:
    """Return a hunk with the name of its first change for a head, and without the empty lines around it."""
    number = int(re.findall(r"\d+", hunk[0].partition("+")[2])[0])
    for line in hunk[1:]:
        if line[:1] in ("+", "-") and len(line) > 1:
            break
        number += 1
    where = names.get(number) or names.get(number - 1) or "top of the file"
    body = hunk[1:]
    while len(body[0]) < 2:
        del body[0]
    while len(body[-1]) < 2:
        del body[-1]
    return f"@@ {where} @@\n" + "\n".join(body)


def _body(source: str) -> list[str]:
    """Return the lines of ``source``, those of the docstring empty: so they are the same in every file."""
    lines = source.splitlines()
    first = ast.parse(source).body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno:
        del lines[: first.end_lineno]
    return lines


def _names(source: str) -> dict[int, str]:
    """Return what the function or class at each line of `_body` is called."""
    tree = ast.parse(source)
    left_out = len(source.splitlines()) - len(_body(source))
    names: dict[int, str] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.end_lineno:
            kind = "class " if isinstance(node, ast.ClassDef) else ""
            lines = range(node.lineno - left_out, node.end_lineno - left_out + 1)
            names.update(dict.fromkeys(lines, f"{kind}{node.name}"))
    return names
