"""The peers: which are here, and in which version."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from importlib.util import find_spec

__all__ = ["PEERS", "is_installed", "versions"]

#: As they are imported; each has the same name on PyPI. asyncio comes with Python.
PEERS = ("aiometer", "anyio", "aioresult", "aiostream", "tenacity", "stamina", "backoff")


#: Older versions lack what is measured, so they count as not installed.
_OLDEST = {"anyio": (4, 16)}


def is_installed(package: str) -> bool:
    """Tell whether ``package`` can be imported, without doing so, and is recent enough."""
    if find_spec(package) is None:
        return False
    if package not in _OLDEST:
        return True
    numbers = re.findall(r"\d+", metadata.version(package))
    return tuple(int(number) for number in numbers[:2]) >= _OLDEST[package]


def versions() -> dict[str, str]:
    """Python, trio, the library and every peer; "not installed" where there is none."""
    found = {"Python": f"{platform.python_implementation()} {platform.python_version()}"}
    for name in ("trio", "trio-patterns", *PEERS):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
