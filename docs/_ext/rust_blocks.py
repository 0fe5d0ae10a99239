"""The Rust blocks of a page and what its ``% rust:`` comments add to them; see ``rust_tabs.py``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PRELUDE = """
pub use async_trait::async_trait;
pub use futures::{FutureExt, SinkExt, StreamExt, TryFutureExt, TryStreamExt};
pub use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
pub use std::error::Error;
pub use std::future::Future;
pub use std::io;
pub use std::path::{Path, PathBuf};
pub use std::pin::Pin;
pub use std::sync::{Arc, Mutex};
pub use std::time::Duration;
pub use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
pub use tokio::sync::{broadcast, mpsc, oneshot, watch, Semaphore};
pub use tokio::task::{JoinHandle, JoinSet};
pub use tokio::time::{sleep, timeout, Instant};
pub use tokio_util::sync::CancellationToken;
"""

CRATES = {
    "tokio": '{ version = "1", features = ["full", "test-util"] }',
    "tokio-util": '{ version = "0.7", features = ["full"] }',
    "tokio-stream": '{ version = "0.1", features = ["time", "sync", "net", "signal", "io-util"] }',
    "futures": '"0.3"',
    "async-trait": '"0.1"',
    "rand": '"0.8"',
}

FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<info>[^`]*)$")
RUST = re.compile(r"rust\b|\{code-block\} *rust\b|\{code\} *rust\b")
#: Directives whose content is more Markdown; of all other fences the content is text.
MARKDOWN = re.compile(r"\{(?!code|literalinclude|eval-rst|math)[a-z:_-]+\}")
HEADER = re.compile(
    r" *% *rust(?P<page> page)?(?: fails (?P<fails>E\d{4}|'[^']+'))?"
    r"(?: before (?P<crate>[a-z-]+) (?P<version>[\d.]+))?:"
)
MISSPELT = re.compile(r" *% *rust\b")
COMMENT = re.compile(r" *%")
ITEM = re.compile(
    r"(pub|use|mod|struct|enum|union|trait|impl|type|const|static|extern|(async |unsafe )*fn)\b"
    r"|macro_rules!|#!?\["
)


class PageError(Exception):
    """A page says something about Rust that this script does not understand."""


@dataclass
class Comment:
    """A ``% rust:`` comment: its lines by number, each with blanks where the marker was."""

    start: int
    fails: str | None
    before: tuple[str, str] | None  # a crate and a version: for older ones only
    lines: dict[int, str]


@dataclass
class Snippet:
    """One Rust block of a page, and the Rust that it leaves out."""

    page: str
    start: int  # the line of the fence
    end: int  # the line of the closing fence
    lines: dict[int, str]
    comments: list[Comment]
    shared: list[Comment]

    @property
    def code(self) -> str:
        """The block as shown."""
        return "\n".join(self.lines.values())

    @property
    def fails(self) -> str | None:
        """The error that the compiler must find, if any."""
        return next((comment.fails for comment in self.comments if comment.fails), None)

    @property
    def is_items(self) -> bool:
        """Whether nothing but functions, types and the like stand at its left margin."""
        margin = min((_indent(line) for line in self.lines.values() if line.strip()), default=0)
        heads = (line[margin:] for line in self.lines.values() if line.strip() and _indent(line) == margin)
        return all(ITEM.match(head) or re.match(r"//|/\*|\*/|[})\]{]|where\b", head) for head in heads)

    def program(self, versions: Mapping[str, str]) -> str:
        """A Rust file in which all Rust stands where it stands on the page: same line, same column."""
        text = dict(self.lines)
        for comment in [*self.shared, *self.comments]:
            if comment.before is None or _older(versions[comment.before[0]], comment.before[1]):
                text |= comment.lines
        first = min([self.start, *(comment.start for comment in self.comments)])
        if not self.is_items:
            fallible = re.search(r"\?\s*([;.,)\]}]|$)", re.sub(r"//.*", "", self.code), re.MULTILINE)
            result = " -> std::result::Result<(), Box<dyn std::error::Error>>" if fallible else ""
            text[first] = f"async fn snippet(){result} {{ {text.get(first, '')}"
            text[self.end] = "; Ok(()) }" if fallible else "; }"
        main = "" if re.search(r"\bfn main\b", self.code) else " fn main() {}"
        prelude = " ".join(PRELUDE.split())
        text[1] = (
            f"#![allow(unused, redundant_semicolons)] mod prelude {{ {prelude} }} use prelude::*;{main} "
            + text.get(1, "")
        )
        return "\n".join(text.get(number, "") for number in range(1, max(text) + 1)) + "\n"

    def __str__(self) -> str:
        return f"{self.page}:{self.start}"


def _older(version: str, than: str) -> bool:
    here, there = ([int(number) for number in text.split(".")[:3]] for text in (version, than))
    return here < there


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def find_snippets(page: str, text: str) -> list[Snippet]:
    """All Rust blocks of a page, in its order, each with the comments that concern it."""
    snippets: list[Snippet] = []
    shared: list[Comment] = []
    waiting: list[Comment] = []  # comments whose snippet is to come
    around: list[str] = []  # the fences of the directives that we are in
    lines = dict(enumerate(text.splitlines(), 1))
    number = 1
    while number <= len(lines):
        start, line = number, lines[number]
        number += 1
        if header := HEADER.match(line):
            if header["crate"] not in (None, *CRATES):
                raise PageError(f"{page}:{start}: no crate {header['crate']}, but {', '.join(CRATES)}")
            found = {start: " " * header.end() + line[header.end() :]}
            while COMMENT.match(lines.get(number, "")) and not HEADER.match(lines[number]):
                found[number] = lines[number].replace("%", " ", 1)
                number += 1
            before = (header["crate"], header["version"]) if header["crate"] else None
            comment = Comment(start, header["fails"], before, found)
            (shared if header["page"] else waiting).append(comment)
        elif MISSPELT.match(line):
            raise PageError(f"{page}:{start}: not understood; see the head of docs/rust_tabs.py")
        elif fence := FENCE.match(line):
            if around and not fence["info"] and fence["fence"].startswith(around[-1]):
                around.pop()
                continue
            if MARKDOWN.match(fence["info"]):
                around.append(fence["fence"])
                continue
            closing = re.compile(rf" *{fence['fence'][0]}{{{len(fence['fence'])},}} *$")
            while number in lines and not closing.match(lines[number]):
                number += 1
            if RUST.match(fence["info"]):
                inside = {n: lines[n] for n in range(start + 1, number) if number in lines}
                for n, content in list(inside.items()):  # a directive's options
                    if not re.match(r" *:[a-z-]+:", content) or not fence["info"].startswith("{"):
                        break
                    del inside[n]
                snippets.append(Snippet(page, start, number, inside, waiting, shared))
                waiting = []
            number += 1
        elif line.strip() and waiting:
            break
    if waiting:
        raise PageError(f"{page}:{waiting[0].start}: no Rust block follows this comment")
    return snippets
