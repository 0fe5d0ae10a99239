"""What examples there are: found by folder, described by their docstrings, without importing any."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FAMILIES", "ROOT", "Example", "close_names", "find_examples", "select"]

#: The folder that holds the families' folders.
ROOT = Path(__file__).resolve().parent

#: The families in the order in which a newcomer should meet them, with what each is about.
FAMILIES = {
    "spawning": "Spawning: start tasks, and get their results back",
    "shutdown": "Shutdown: tell every task to stop, wait for them, then insist",
    "backpressure": "Backpressure: never take on more than can be worked off",
    "streams": "Streams: process items as they come, some at a time",
    "traits": "Traits: one interface, several implementations, checked",
    "retry": "Retry: try again, but not for ever and not all at once",
}


#: Within a family the plainer thing first; what is not named here comes after, by name.
PLAINER_FIRST = (
    *("task_handles", "join_set", "race_and_select", "offload", "pinned_thread"),
    *("cancellation_token", "periodic_worker", "graceful_shutdown", "tcp_server"),
    *(
        "producer_consumer",
        "stopped_consumer",
        "bounded_map",
        "busy_slots",
        "worker_pool",
        "rate_limiter",
        "overflow_channel",
        "blocking_source",
    ),
    *("concurrent_map", "channel_stream", "batches", "stream_timeout", "early_exit"),
    *("pacing", "latest_values", "broadcast"),
    *("implements", "repository", "verified_fake", "lost_update", "cancelled_query"),
    *("retry_with_backoff", "retry_jitter", "retry_herd", "retry_deadline", "retry_after", "nested_retries"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One script, as its docstring describes it."""

    path: Path
    family: str
    slug: str
    title: str
    notice: str
    docstring: str

    @property
    def broken(self) -> bool:
        """Whether the script shows the naive way."""
        return self.slug.endswith("_broken")

    @property
    def golden(self) -> Path:
        """The file with the recorded output."""
        return self.path.with_suffix(".out")

    @property
    def sibling(self) -> Path:
        """The correct script beside a broken one (and the script itself if it is not broken)."""
        return self.path.with_name(f"{self.slug.removesuffix('_broken')}.py")


def _describe(path: Path) -> Example:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    # A notice may go on over several lines, up to the next empty one or the next "Word:".
    notice: list[str] = []
    for line in docstring.splitlines():
        if line.startswith("Notice:"):
            notice.append(line.removeprefix("Notice:").strip())
        elif notice and (not line.strip() or line.split(maxsplit=1)[0].endswith(":")):
            break
        elif notice:
            notice.append(line.strip())
    return Example(
        path=path,
        family=path.parent.name,
        slug=path.stem,
        title=docstring.partition("\n")[0].strip(),
        notice=" ".join(notice).replace("``", "`"),
        docstring=docstring,
    )


def _place(example: Example) -> tuple[int, str, int, str, bool]:
    pattern = example.sibling.stem
    families = list(FAMILIES)
    family = families.index(example.family) if example.family in families else len(families)
    rank = PLAINER_FIRST.index(pattern) if pattern in PLAINER_FIRST else len(PLAINER_FIRST)
    return family, example.family, rank, pattern, not example.broken


def find_examples(root: Path = ROOT) -> list[Example]:
    """Find every script in the families' folders, families in teaching order, broken before correct."""
    paths = (
        path
        for path in root.glob("*/*.py")
        if path.parent.name not in ("sitecheck", "learn") and not path.name.startswith("_")
    )
    return sorted((_describe(path) for path in paths), key=_place)


def select(examples: Sequence[Example], name: str) -> list[Example]:
    """Return the examples that ``name`` means: a slug, ``family/slug``, a path, or a whole family."""
    wanted = (
        name.replace("\\", "/").removeprefix("./").removeprefix("examples/").removesuffix(".py").strip("/")
    )
    return [
        example
        for example in examples
        if wanted in (example.slug, f"{example.family}/{example.slug}", example.family)
    ]


def close_names(examples: Sequence[Example], name: str) -> list[str]:
    """Return the names that somebody who typed ``name`` may have meant, best first."""
    known = [
        *{example.family: None for example in examples},
        *(example.slug for example in examples),
        "sitecheck",
    ]
    close = difflib.get_close_matches(name, known, n=5, cutoff=0.5)
    return close + [slug for slug in known if name and name in slug and slug not in close][: 5 - len(close)]
