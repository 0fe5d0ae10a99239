"""Who opens a nursery: the line of yours, and the function of the library in between, if there is one."""

from __future__ import annotations

from types import FrameType

from .._core.frames import Place, module_of
from .stacks import is_plumbing, public_name

__all__ = ["START", "opener"]


#: The label of the nursery that trio keeps a task in until it calls ``started()``.
START = "Nursery.start"


def opener(frame: FrameType | None) -> tuple[str, Place | None]:
    """Return label and place for a nursery whose first task is being started below ``frame``."""
    label = ""
    while frame is not None and is_plumbing(frame):
        name, module = public_name(frame), module_of(frame)
        if name == START:
            label = name
        elif module.startswith("trio_patterns."):
            # Of a method, the class: a join set rather than its `spawn`. Else the family.
            label = name.partition(".")[0] or label.removeprefix(START) or module.split(".")[1]
        frame = frame.f_back
    if frame is None or not module_of(frame):
        return label or "nursery", None
    place = Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    return label or "nursery", place
