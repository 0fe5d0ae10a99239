"""Compile every Rust snippet of the pages, so that what a Rust reader is shown is Rust.

    python docs/rust_tabs.py                                 # README.md and docs/**/*.md
    python docs/rust_tabs.py docs/patterns/retry/index.md    # one page
    python docs/rust_tabs.py --list                          # what there is, without compiling

`cargo check` looks at each ```` ```rust ```` block (or ```` ```{code-block} rust ````) as a program of its
own, edition 2021, without a network: everything of a build but the machine code. Nothing runs. The crates
come from a folder, as Debian ships them: ``apt-get install --no-install-recommends librust-tokio-dev
librust-tokio-util-dev librust-tokio-stream-dev librust-futures-dev librust-async-trait-dev
librust-rand-dev``, or from what `cargo vendor` has made (``--registry FOLDER``).

How a page gives a snippet what it leaves out
---------------------------------------------

By a MyST comment before the fence, which readers do not see. Only blank lines may stand between the two, and
in a tab the comment stands inside the ``:::{tab-item}``. The first line says ``rust:``, the rest is Rust:

    % rust:
    % #[derive(Clone)]
    % struct Client;
    % impl Client {
    %     async fn fetch(&self, url: &str) -> Result<String, FetchError> { todo!() }
    % }
    % #[derive(Debug)]
    % struct FetchError;

    ```rust
    async fn page(client: &Client) -> Result<String, FetchError> {
        client.fetch("/").await
    }
    ```

- ``% rust: use std::rc::Rc;``: Rust may begin on the first line.
- ``% rust page:``, anywhere on the page: for all snippets of this page.
- ``% rust fails E0382:``: the compiler must refuse the snippet, with this error and no other
  (``% rust fails 'cannot be sent':`` by its text). What the snippet leaves out may follow, as above.
- Every snippet has what `PRELUDE` in ``_ext/rust_blocks.py`` names, as if by a glob: what it imports or
  defines itself wins. Its `StreamExt` is that of `futures`, unless you ``use tokio_stream::StreamExt;``.
- A snippet of statements becomes the body of an ``async fn``, its comment's lines too, so these may say
  ``let jobs: Vec<Job> = vec![];``. With a ``?`` in the snippet the function returns
  ``Result<(), Box<dyn std::error::Error>>``, otherwise nothing.
- A snippet with a ``main`` of its own keeps it.
- ``% rust before tokio-util 0.7.9:``: only where the crate is older, as Debian's are (tokio 1.24, tokio-util
  0.7.3, tokio-stream 0.1.9). What these do not know, such as `TaskTracker`, gets a stand-in there: the same
  signatures, each body ``todo!()``; a method gets it by a trait (``impl<S: Stream> ChunksTimeout for S {}``).
- Several such comments may follow each other.

Lines and columns in messages are those of the page. Unused names are fine, other warnings are shown and fail
nothing. Exit status: 0 if all compile; 1 if some do not; 2 for a usage error (an unknown page, a comment
without a snippet); 3 without cargo or the crates, or if cargo fails before it comes to the snippets.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from rust_blocks import CRATES, PageError, Snippet, find_snippets  # noqa: E402

REGISTRY = Path("/usr/share/cargo/registry")
TIMEOUT = 600


def pages() -> Iterator[Path]:
    """Every page that may show Rust."""
    yield ROOT / "README.md"
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if "_build" not in path.parts:
            yield path


def versions_in(registry: Path) -> dict[str, str]:
    """The crates that are here of those that snippets may use."""
    found = {}
    for crate in CRATES:
        for manifest in sorted(registry.glob(f"{crate}*/Cargo.toml")):
            package = tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]
            if package["name"] == crate:
                found[crate] = package["version"]
    return found


def missing(registry: Path) -> list[str]:
    """What of the toolchain and the crates is not here."""
    gone = [] if shutil.which("cargo") else ["no cargo (rustup.rs, or apt-get install cargo)"]
    here = versions_in(registry)
    gone += [f"no crate {crate} in {registry} (librust-{crate}-dev)" for crate in CRATES if crate not in here]
    return gone


def write_crate(folder: Path, snippets: Iterable[Snippet], registry: Path) -> None:
    """One crate, in which each snippet is a binary of its own, so that none hides another's errors."""
    manifest = ["[package]", 'name = "tabs"', 'version = "0.0.0"', 'edition = "2021"', "autobins = false"]
    manifest += ["", "[dependencies]", *(f"{crate} = {spec}" for crate, spec in CRATES.items())]
    versions = versions_in(registry)
    for index, snippet in enumerate(snippets):
        file = Path(f"snippet-{index}", snippet.page)  # the page's own name: it is in the compiler's messages
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(snippet.program(versions), encoding="utf-8")
        manifest += ["", "[[bin]]", f'name = "snippet-{index}"', f'path = "{file.as_posix()}"']
    (folder / "Cargo.toml").write_text("\n".join(manifest) + "\n", encoding="utf-8")
    source = '[source.crates-io]\nreplace-with = "folder"\n\n[source.folder]\n'
    (folder / ".cargo").mkdir(exist_ok=True)
    (folder / ".cargo" / "config.toml").write_text(
        f"{source}directory = {json.dumps(str(registry.resolve()))}\n", encoding="utf-8"
    )


class CargoError(Exception):
    """Cargo has failed at something else than a snippet; its output says at what."""


def check(folder: Path, count: int) -> list[list[dict[str, Any]]]:
    """Run `cargo check` and return the diagnostics of each snippet."""
    command = ["cargo", "check", "--offline", "--keep-going", "--message-format=json"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT, encoding="utf-8"
    )
    found: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for line in done.stdout.splitlines():
        report = json.loads(line) if line.startswith("{") else {}
        name = report.get("target", {}).get("name", "")
        if report.get("reason") == "compiler-message" and name.startswith("snippet-"):
            found[int(name.removeprefix("snippet-"))].append(report["message"])
    if done.returncode and not any(d["level"] == "error" for found_here in found for d in found_here):
        raise CargoError(done.stderr.strip())
    return found


def judge(snippet: Snippet, diagnostics: list[dict[str, Any]]) -> tuple[bool, list[str]]:
    """Tell whether a snippet is as it should be, and what to say about it."""
    errors = [d for d in diagnostics if d["level"] == "error" and d["spans"]]
    texts = [re.sub(r"snippet-\d+/", "", d["rendered"]) for d in diagnostics if d["spans"]]
    if not snippet.fails:
        return not errors, texts
    expected = snippet.fails.strip("'")
    if errors and all(expected == (d["code"] or {}).get("code") or expected in d["message"] for d in errors):
        return True, []
    return False, [f"error: the compiler must refuse this, with {snippet.fails} and nothing else\n", *texts]


def main(arguments: list[str] | None = None) -> int:
    """Compile the snippets of the pages named, or of all."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
        epilog="How a page helps a snippet: see this file's head.",
    )
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="Markdown files (default: README.md, docs/**/*.md)"
    )
    parser.add_argument("--list", action="store_true", help="name the snippets and compile nothing")
    parser.add_argument(
        "--keep", metavar="FOLDER", type=Path, help="leave the crate there; a second run is faster"
    )
    parser.add_argument(
        "--registry", metavar="FOLDER", type=Path, default=REGISTRY, help=f"the crates (default: {REGISTRY})"
    )
    options = parser.parse_args(arguments)
    snippets: list[Snippet] = []
    try:
        for path in [Path(name).resolve() for name in options.pages] or pages():
            name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
            snippets += find_snippets(name, path.read_text(encoding="utf-8"))
    except (OSError, PageError) as exc:
        print(exc, file=sys.stderr)
        return 2
    if options.list:
        for snippet in snippets:
            kind = f"must fail with {snippet.fails}" if snippet.fails else ""
            print(f"{snippet}: {'items' if snippet.is_items else 'statements'} {kind}".rstrip())
        return 0
    if not snippets:
        print("no Rust blocks")
        return 0
    if gone := missing(options.registry):
        print("cannot compile Rust here:", *gone, sep="\n  ", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="rust-tabs-") as temporary:
        folder = options.keep or Path(temporary)
        write_crate(folder, snippets, options.registry)
        try:
            found = check(folder, len(snippets))
        except (CargoError, subprocess.TimeoutExpired) as exc:
            print(f"cargo has failed before it came to the snippets:\n{exc}", file=sys.stderr)
            return 3
    bad = 0
    for snippet, diagnostics in zip(snippets, found, strict=True):
        fine, texts = judge(snippet, diagnostics)
        bad += not fine
        print(f"{snippet}: {'ok' if fine else 'DOES NOT COMPILE'}", *texts, sep="\n")
    print(f"{len(snippets)} Rust blocks: {f'{bad} do not compile' if bad else 'all compile'} (cargo check)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
