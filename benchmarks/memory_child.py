"""Run in a child process: peak memory after a small run of a pipeline, and after a large one.

``python -m benchmarks.memory_child NAME SMALL LARGE`` prints ``{"small": bytes, "large": bytes, ...}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import trio

from .cases.pipelines import PIPELINES

__all__ = ["main", "peak_bytes"]


def peak_bytes() -> tuple[int, str]:
    """The most memory this process has had resident so far, in bytes, and where the number is from."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024, "VmHWM of /proc/self/status"
    except OSError:
        pass
    import resource  # not on Windows

    # Where there is no /proc. On Linux it would count the parent's memory at the time of the fork too.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit, "ru_maxrss"


def main(name: str, small: int, large: int) -> dict[str, object]:
    """Run the pipeline called ``name`` with both numbers of items, the small one first.

    The peak never falls, so what the large run adds to it is what more items cost.
    """
    pipeline = next(one for one in PIPELINES if one.name == name)
    right = pipeline.expected(small, trio.run(pipeline.run, small))
    before, source = peak_bytes()
    right = pipeline.expected(large, trio.run(pipeline.run, large)) and right
    after, _ = peak_bytes()
    return {"small": before, "large": after, "right": right, "from": source}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
