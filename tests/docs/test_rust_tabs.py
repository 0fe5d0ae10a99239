"""Every Rust snippet of the pages compiles; the script that says so finds and fills them as it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "rust_tabs.py"

# The two modules import nothing that has to be installed.
sys.path.insert(0, str(ROOT / "docs"))
import rust_tabs  # noqa: E402
from rust_blocks import CRATES, PageError, Snippet, find_snippets  # noqa: E402

#: What Debian 12 has.
VERSIONS = dict.fromkeys(CRATES, "0.7.3")


def snippets(page: str) -> list[Snippet]:
    return find_snippets("page.md", dedent(page))


def program(page: str) -> list[str]:
    (snippet,) = snippets(page)
    first, *rest = snippet.program(VERSIONS).splitlines()
    assert first.startswith("#![allow(unused")
    return ["", *rest]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_line_stands_where_it_stands_on_the_page() -> None:
    page = """\
        # Title

        % rust: use std::rc::Rc;
        % struct Client {
        %     id: u8,
        % }

        ```rust
        fn id(client: &Client) -> u8 {
            client.id
        }
        ```
        """
    assert program(page) == [
        "",
        "",
        "        use std::rc::Rc;",
        "  struct Client {",
        "      id: u8,",
        "  }",
        "",
        "",
        "fn id(client: &Client) -> u8 {",
        "    client.id",
        "}",
    ]


def test_statements_become_a_function_together_with_what_they_leave_out() -> None:
    page = """\
        # Title
        % rust:
        % let jobs = vec![1];

        ```rust
        for job in jobs {
            println!("{job}");
        }
        ```
        """
    assert program(page) == [
        "",
        "async fn snippet() {" + " " * 8,
        "  let jobs = vec![1];",
        "",
        "",
        "for job in jobs {",
        '    println!("{job}");',
        "}",
        "; }",
    ]


@pytest.mark.parametrize(
    ("statement", "fallible"),
    [
        ("let page = fetch().await?;", True),
        ("fetch().await?", True),
        ("fetch().await;", False),
        ("fetch().await; // really?", False),
    ],
)
def test_a_question_mark_makes_the_function_fallible(statement: str, fallible: bool) -> None:
    text = "\n".join(program(f"# Title\n```rust\n{statement}\n```\n"))
    assert ("Result<(), Box<dyn std::error::Error>>" in text) == fallible
    assert ("; Ok(()) }" in text) == fallible


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("use tokio::time;\n\nasync fn f() {\n    x.await;\n}", True),
        ("#[async_trait]\npub trait Archive {}", True),
        ("// Why\nfn f<T>(x: T)\nwhere\n    T: Send,\n{\n    g(x)\n}", True),
        ("let x = 1;", False),
        ("use tokio::time;\nlet x = 1;", False),
        ("tokio::select! {\n    _ = a => {}\n}", False),
        ("implement();", False),
    ],
)
def test_items_are_told_from_statements(code: str, items: bool) -> None:
    (snippet,) = snippets(f"```rust\n{code}\n```\n")
    assert snippet.is_items == items


def test_a_comment_for_the_page_is_for_each_snippet_and_one_for_old_crates_for_those() -> None:
    page = """\
        # Title
        ```rust
        fn first() {}
        ```

        % rust page: struct Everywhere;

        % rust: struct Here;
        % rust before tokio-util 0.7.9: struct Old;
        % rust before tokio-util 0.7.3: struct VeryOld;

        ```rust
        fn second() {}
        ```
        """
    first, second = (snippet.program(VERSIONS) for snippet in snippets(page))
    assert [name in first for name in ("Everywhere", "Here", "Old;", "VeryOld")] == [
        True,
        False,
        False,
        False,
    ]
    assert [name in second for name in ("Everywhere", "Here", " Old;", "VeryOld")] == [
        True,
        True,
        True,
        False,
    ]


def test_fences_are_read_as_myst_reads_them() -> None:
    page = """\
        ````{tab-set}
        ```{tab-item} Rust

        ~~~rust
        fn tab() {}
        ~~~
        ```
        ````

        ````text
        ```rust
        no snippet, but the text of one
        ```
        ````

        1. In a list:

           ```{code-block} rust
           :emphasize-lines: 1

           fn list() {}
           ```

        ```rusty
        no Rust
        ```
        """
    assert [(s.start, s.code.strip()) for s in snippets(page)] == [(4, "fn tab() {}"), (18, "fn list() {}")]


@pytest.mark.parametrize(
    "page",
    [
        "% rust: struct A;\n",
        "% rust: struct A;\n\nA paragraph.\n\n```rust\nfn f() {}\n```\n",
        "% rust: struct A;\n\n```python\npass\n```\n",
        "% rust pages: struct A;\n",
        "% rust before tokyo 1.2: struct A;\n",
    ],
)
def test_a_comment_without_a_snippet_or_sense_is_an_error(page: str, tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"^page\.md:1: "):
        snippets(page)
    (tmp_path / "page.md").write_text(page)
    assert run(tmp_path / "page.md").returncode == 2


def test_a_page_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert run(tmp_path / "none.md").returncode == 2


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```rust\nfn f() {}\n```\n")
    done = run("--registry", tmp_path, tmp_path / "page.md")
    assert done.returncode == 3
    assert "librust-tokio-util-dev" in done.stderr
    assert str(tmp_path) in done.stderr


def test_the_list_names_every_snippet_of_the_pages() -> None:
    done = run("--list")
    assert done.returncode == 0
    fences = [
        f"{path.relative_to(ROOT).as_posix()}:{number}:"
        for path in rust_tabs.pages()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip() == "```rust"
    ]
    assert len(fences) >= 6
    assert [line.split()[0] for line in done.stdout.splitlines()] == fences


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the crate."""
    if gone := rust_tabs.missing(rust_tabs.REGISTRY):
        pytest.skip(f"cannot compile Rust here: {'; '.join(gone)}")
    return tmp_path_factory.mktemp("crate")


@pytest.fixture(autouse=True)
def _tokio_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 20 s, for all runs of this checkout. Cargo lets one process at a time into the folder."""
    monkeypatch.setenv("CARGO_TARGET_DIR", str(ROOT / "build" / "rust"))


@pytest.mark.timeout(300)
def test_every_snippet_of_the_pages_compiles(crate: Path) -> None:
    done = run("--keep", crate)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_errors_are_found_at_their_place(crate: Path, tmp_path: Path) -> None:
    page = tmp_path / "wrong.md"
    page.write_text(
        "# Title\n\n```rust\nfn f() {\n    let x: Nobody = 1;\n}\n```\n\n"
        "```rust\nlet x: i32 = 1;\nlet y: i32 = x?;\n```\n\n"
        "% rust fails E0382:\n\n```rust\nlet a = vec![1];\nlet b = a;\nlet c = a;\n```\n\n"
        "% rust fails 'cannot be sent':\n% use std::rc::Rc;\n\n```rust\nlet rc = Rc::new(1);\n"
        "tokio::spawn(async move { sleep(Duration::ZERO).await; drop(rc); });\n```\n\n"
        "% rust fails E0382:\n\n```rust\nfn fine() {}\n```\n"
    )
    done = run("--keep", crate, page)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    verdicts = [line.split(maxsplit=1)[1] for line in lines if line.startswith("wrong.md:")]
    assert verdicts == ["DOES NOT COMPILE"] * 2 + ["ok"] * 2 + ["DOES NOT COMPILE"]
    assert [line.split()[1] for line in lines if "--> wrong.md" in line] == [
        "wrong.md:5:12",
        "wrong.md:11:14",
    ]
    assert lines[-1] == "5 Rust blocks: 3 do not compile (cargo check)"
