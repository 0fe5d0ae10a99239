"""The peers: which are here, and in which version."""

from __future__ import annotations

import platform
from importlib import metadata
from importlib.util import find_spec

__all__ = ["PEERS", "is_installed", "versions"]

#: As they are imported; each has the same name on PyPI. asyncio comes with Python.
PEERS = ("aiometer", "anyio", "aioresult", "aiostream", "tenacity", "stamina", "backoff")


def is_installed(package: str) -> bool:
    """Tell whether ``package`` can be imported, without doing so."""
    try:
        return find_spec(package) is not None
    except ValueError:  # something put a module without a spec, or None, in its place
        return False


def versions() -> dict[str, str]:
    """Python, trio, the library and every peer; "not installed" where there is none."""
    found = {"Python": f"{platform.python_implementation()} {platform.python_version()}"}
    for name in ("trio", "trio-patterns", *PEERS):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
