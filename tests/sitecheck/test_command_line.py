"""The program as its user meets it: what is printed where, the exit status; one line for bad input."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.sitecheck import __main__ as program
from examples.sitecheck.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default database is in the current directory."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "guide").mkdir(parents=True)
    (root / "index.html").write_text(
        "<!doctype html>\n"
        '<a href="guide/">fine</a>\n'
        '<a\n href="gone.html">broken</a> <a href="guide#nowhere">broken</a>\n'
        '<a href="mailto:me@site.test"><a href="https://site.test/">\n'
        '<img srcset="one.png 1x, two.png 2x">\n'
    )
    (root / "guide" / "index.html").write_text(
        '<p id="here"><a href="../index.html?x=1#top"><a href="#here">'
    )
    (root / "one.png").write_bytes(b"\x89PNG")
    return root


def one_line(captured: Any) -> str:
    """Return the only line on stderr; nothing else may have been printed."""
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert "Traceback" not in captured.err
    assert captured.err.startswith("sitecheck: ")
    return str(captured.err).removeprefix("sitecheck: ").rstrip()


# --- results -------------------------------------------------------------------------------------------


def test_broken_links_are_printed_with_page_and_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(site), "--quiet"]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:3] == [
        "index.html:3: gone.html: not found",
        "index.html:4: guide#nowhere: missing anchor",
        "index.html:6: two.png: not found",
    ]
    table = {line.rsplit("  ")[0].strip(): line.split() for line in lines[4:]}
    assert table["pages"][1] == "2"
    assert [line.split() for line in lines if line.startswith(" links")] == [
        ["links", "checked", "7"],
        ["links", "broken", "3"],
        ["links", "skipped", "2", "1", "external,", "1", "mailto"],
    ]
    assert err == ""


def test_json_is_one_object_and_nothing_else(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(site), "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "pages": 2,
        "links": 7,
        "broken": [
            {"page": "index.html", "line": 3, "link": "gone.html", "reason": "not found"},
            {"page": "index.html", "line": 4, "link": "guide#nowhere", "reason": "missing anchor"},
            {"page": "index.html", "line": 6, "link": "two.png", "reason": "not found"},
        ],
    }
    assert err == ""


def test_a_site_without_faults(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(site), "--start", "guide/index.html", "--quiet"]) == 1  # it leads to the start page
    (site / "index.html").write_text("<p>")
    assert main([str(site), "--start", "/guide/", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :]) == {"pages": 2, "links": 2, "broken": []}


def test_a_url_as_the_site(site: Path, bad_server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    bad_server.page("/docs/", '<a href="a">', '<a href="/">')
    bad_server.page("/docs/a", '<a href="gone?x=1">')
    bad_server.page("/", "root")
    with bad_server.serve_in_thread() as origin:
        assert main([origin + "/docs/", "--json"]) == 1
        first = capsys.readouterr().out
        assert main([origin.replace("http:", "HTTP:"), "--start", "docs/a", "--json"]) == 1
        second = capsys.readouterr().out
    found = {"page": "docs/a", "line": 1, "link": "gone?x=1", "reason": "not found"}
    assert json.loads(first) == {"pages": 3, "links": 3, "broken": [found]}
    assert json.loads(second) == {"pages": 1, "links": 1, "broken": [found]}


def test_the_database_is_in_the_current_directory_by_default(site: Path, tmp_path: Path) -> None:
    main([str(site), "--quiet"])
    assert (tmp_path / ".sitecheck.sqlite").stat().st_size > 0


def test_several_sites_share_a_database(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("<p>")
    for _ in range(2):
        assert main([str(site), "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["pages"] == 2
        assert main([str(other), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"pages": 1, "links": 0, "broken": []}


def test_what_comes_from_pages_does_not_reach_the_terminal_raw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text('<a href="\x1b[2Jx \n y\u202e">')
    assert main([str(tmp_path), "--quiet"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == r"index.html:1: \x1b[2Jx y\u202e: not found"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_page_with_a_foreign_name_in_a_plain_locale(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "index.html").write_text('<a href="\u00fc.html">', encoding="utf-8")
    (tmp_path / "\u00fc.html").write_text('<a href="gone">')
    result = subprocess.run(
        [sys.executable, "-m", "examples.sitecheck", str(tmp_path), "--db", str(tmp_path / "db.sqlite")],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=False,
    )
    assert result.returncode == 1
    name = "\u00fc.html" if encoding == "utf-8" else r"\xfc.html"
    assert result.stdout.decode(encoding).startswith(f"{name}:1: gone: not found\n")
    assert b"Traceback" not in result.stderr


def test_a_reader_that_has_seen_enough(site: Path, tmp_path: Path) -> None:
    """``| head`` closes the pipe; that is no reason to complain."""
    if sys.platform == "win32":
        pytest.skip("no /bin/sh")
    command = f"{sys.executable} -m examples.sitecheck {site} --db {tmp_path / 'db.sqlite'} --quiet | true"
    result = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert result.stderr == b""


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    for word in (
        *(
            "--limit",
            "--rate",
            "--timeout",
            "--attempts",
            "--grace",
            "--external",
            "--json",
            "--db",
            "--fresh",
        ),
        *("--quiet", "--start", "exit status", "srcset", "nofollow", "robots.txt"),
    ):
        assert word in out


# --- bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--limit", "0", "x"],
        ["--limit", "1.5", "x"],
        ["--rate", "0", "x"],
        ["--rate", "nan", "x"],
        ["--timeout", "-1", "x"],
        ["--timeout", "inf", "x"],
        ["--attempts", "none", "x"],
        ["--grace", "-1", "x"],
        ["--unknown", "x"],
    ],
)
def test_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: " in err.splitlines()[-1]


def test_a_missing_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no/such/folder", "--json"]) == 2
    assert one_line(capsys.readouterr()).startswith("no/such/folder: does not exist")


def test_a_file_in_place_of_a_folder(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(site / "one.png"), "--json"]) == 2
    assert "one.png: is a file, not a folder" in one_line(capsys.readouterr())


def test_a_folder_without_an_index(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "index.html").unlink()
    assert main([str(site), "--quiet"]) == 2
    assert one_line(capsys.readouterr()).endswith("index.html: not found (name the start page with --start)")
    assert main([str(site), "--quiet", "--start", "nix.html"]) == 2
    assert one_line(capsys.readouterr()).endswith("nix.html: not found (name the start page with --start)")


def test_a_binary_file_as_the_start_page(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(site), "--start", "one.png", "--quiet"]) == 2
    assert one_line(capsys.readouterr()).endswith("the start page: not an HTML page")


def test_a_binary_file_that_is_called_a_page(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "index.html").write_text('<a href="binary.html">\n<a href="binary.html#x">')
    (site / "binary.html").write_bytes(bytes(range(256)) * 1000)
    assert main([str(site), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broken"] == [
        {"page": "index.html", "line": 2, "link": "binary.html#x", "reason": "missing anchor"}
    ]


def test_a_page_with_broken_markup(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "index.html").write_text(
        "<<a href=gone><b>\n<p <a 'x\n<![oops\n<a href=lost></b></a></p>\n<a href="
    )
    assert main([str(site), "--json"]) == 1
    out, err = capsys.readouterr()
    assert {(found["line"], found["link"]) for found in json.loads(out)["broken"]} >= {(1, "gone")}
    assert err == ""


@pytest.mark.parametrize("url", ["http://:bad/", "http://", "https://a b/", "http://[::1/"])
def test_a_url_that_is_none(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([url]) == 2
    assert one_line(capsys.readouterr()).startswith(f"{url} is no URL: invalid ")


def test_a_url_with_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://me:secret@127.0.0.1:1/"]) == 2
    assert "secret" not in one_line(capsys.readouterr())


def test_a_dead_port(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:1/", "--json", "--attempts", "2"]) == 2
    assert one_line(capsys.readouterr()).startswith("http://127.0.0.1:1/ does not answer: ")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"status": 302, "headers": {"location": "/"}}, "redirect loop"),
        ({"status": 404}, "not found"),
        ({"status": 403}, "forbidden"),
        ({"status": 500, "headers": {"retry-after": "0"}}, "server error"),
        ({"delay": 3600}, "timeout"),
        ({"content_type": "image/png"}, "not an HTML page"),
    ],
)
def test_a_start_page_that_cannot_be_read(
    bad_server: Any, capsys: pytest.CaptureFixture[str], options: dict[str, Any], reason: str
) -> None:
    bad_server.page("/", "x", **options)
    with bad_server.serve_in_thread() as origin:
        assert main([origin, "--json", "--timeout", "0.2", "--attempts", "2"]) == 2
    assert one_line(capsys.readouterr()) == f"{origin}: the start page: {reason}"


def test_a_database_that_cannot_be_made(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(site), "--quiet", "--db", str(tmp_path / "no" / "folder.sqlite")]) == 2
    line = one_line(capsys.readouterr())
    assert line.startswith(f"cannot use {tmp_path / 'no' / 'folder.sqlite'}: unable to open database file")


def test_a_database_that_is_something_else(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "thesis.odt"
    precious.write_bytes(b"PK" * 5000)
    assert main([str(site), "--quiet", "--db", str(precious)]) == 2
    assert "file is not a database" in one_line(capsys.readouterr())
    assert precious.read_bytes() == b"PK" * 5000


def test_a_database_with_a_table_of_the_same_name(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "mine.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("create table sitecheck_runs (song text primary key)")
    connection.close()
    assert main([str(site), "--quiet", "--db", str(database)]) == 2
    assert "another version, or not ours (choose another --db)" in one_line(capsys.readouterr())


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("sh") is None, reason="needs ulimit")
def test_a_full_disk_for_the_database(bad_server: Any, tmp_path: Path) -> None:
    """The disk fills up in the middle of the run: one line; what was saved is there for the next run."""
    links = "".join(f'<a href="p{number}">' for number in range(400))
    bad_server.page("/", links)
    for number in range(400):
        bad_server.page(f"/p{number}", *(f'<p id="a{n}-{number}">' for n in range(60)))
    database = tmp_path / "db.sqlite"
    arguments = [sys.executable, "-m", "examples.sitecheck", "--json", "--quiet", "--db", str(database)]
    with bad_server.serve_in_thread() as origin:
        # No file may grow beyond this; what SQLite gets is what a full disk gives, "no more of this".
        limited = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', "300", *arguments, origin]
        full = subprocess.run(limited, cwd=ROOT, capture_output=True, check=False, text=True)
        asked = bad_server.requests.copy()
        assert full.returncode == 2, full.stderr
        assert full.stdout == ""
        assert full.stderr.count("\n") == 1, full.stderr
        assert full.stderr.startswith(f"sitecheck: cannot use {database}: ")
        rest = subprocess.run([*arguments, origin], cwd=ROOT, capture_output=True, check=False, text=True)
    assert rest.returncode == 0, rest.stderr
    assert json.loads(rest.stdout) == {"pages": 401, "links": 400, "broken": []}
    repeated = [path for path, count in bad_server.requests.items() if count > 1]
    saved = asked.total() - len(repeated)
    assert saved >= 50  # at least the first batch
    assert max(bad_server.requests.values()) == 2


# --- ends ----------------------------------------------------------------------------------------------


def test_a_bug_keeps_its_traceback(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:  # noqa: ASYNC124
        raise ZeroDivisionError

    monkeypatch.setattr(program, "check_site", fail)
    with pytest.raises(ZeroDivisionError):
        main([str(site)])


@pytest.mark.parametrize("grouped", [False, True])
def test_ctrl_c_outside_the_crawl(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], grouped: bool
) -> None:
    async def interrupted(*_: object) -> None:  # noqa: ASYNC124
        if grouped:
            raise BaseExceptionGroup("", [KeyboardInterrupt()])
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "check_site", interrupted)
    assert main([str(site)]) == 130
    assert one_line(capsys.readouterr()) == "interrupted; what was checked is saved"


def test_progress_on_a_terminal_goes_to_stderr(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert main([str(site), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["pages"] == 2
    assert "\x1b[" in terminal.getvalue()
