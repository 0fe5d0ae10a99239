"""Who opens a nursery: the line of yours, and the function of the library in between, if there is one."""

from __future__ import annotations

import sys
from types import FrameType

from .._core.frames import Place, module_of
from .stacks import is_plumbing

__all__ = ["opener"]


def opener(frame: FrameType | None) -> tuple[str, Place | None]:
    """Return label and place for a nursery whose first task is being started below ``frame``."""
    label = ""
    while frame is not None and is_plumbing(frame):
        name = frame.f_code.co_qualname.partition(".<locals>")[0]
        if name == "Nursery.start":
            label = "Nursery.start"
        elif module_of(frame).startswith("trio_patterns.") and not _is_private(name):
            label = _as_imported(frame, name)
        frame = frame.f_back
    if frame is None or module_of(frame) == "":
        return label or "nursery", None
    place = Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    return label or "nursery", place


def _as_imported(frame: FrameType, name: str) -> str:
    """Return ``gather``, or ``JoinSet`` for its method; ``for_each`` if only the library knows the class."""
    family = sys.modules.get(".".join(module_of(frame).split(".")[:2]))
    owner, _, method = name.partition(".")
    return owner if hasattr(family, owner) else method or owner


def _is_private(name: str) -> bool:
    return any(part.startswith("_") for part in name.split("."))
