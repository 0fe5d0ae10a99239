"""Names of files that are the same wherever a program lies, and short enough to be read in a picture."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

__all__ = ["short_names"]


def short_names(files: Iterable[str]) -> dict[str, str]:
    """Return for each path its last part, with as many folders before it as tell it from the others.

    Paths of either kind of separator are taken, so that a recording of another machine reads the same.
    """
    groups: defaultdict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for file in sorted(set(files)):
        parts = [part for part in re.split(r"[/\\]", file) if part]
        groups[parts[-1] if parts else file].append((file, parts))
    names: dict[str, str] = {}
    for group in groups.values():
        length = 1
        deepest = max(len(parts) for _, parts in group)
        while length < deepest and len({tuple(parts[-length:]) for _, parts in group}) < len(group):
            length += 1
        names.update((file, "/".join(parts[-length:]) or file) for file, parts in group)
    return names
