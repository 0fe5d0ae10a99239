"""The folder's server: what a static web server does, and nothing outside of the folder."""

from __future__ import annotations

from pathlib import Path

import httpx  # noqa: ASYNC127
import pytest

from examples.sitecheck.site_server import open_site_server


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "index.html").write_text("start")
    (root / "sub" / "index.html").write_text("sub")
    (root / "a b\N{LATIN SMALL LETTER E WITH ACUTE}.html").write_text("odd")
    (root / "style.css").write_text("css")
    (root / "data").write_bytes(b"\0\1")
    (root / "big.bin").write_bytes(b"x" * 200_000)
    (root / "none.txt").write_bytes(b"")
    (tmp_path / "secret.html").write_text("secret")
    return root


@pytest.mark.parametrize(
    ("path", "status", "content_type", "body"),
    [
        ("/", 200, "text/html", "start"),
        ("/index.html", 200, "text/html", "start"),
        ("/index.html?x=1", 200, "text/html", "start"),
        ("/sub/", 200, "text/html", "sub"),
        ("/a%20b%C3%A9.html", 200, "text/html", "odd"),
        ("/style.css", 200, "text/css", "css"),
        ("/data", 200, "application/octet-stream", "\0\1"),
        ("/none.txt", 200, "text/plain", ""),
        ("/nothing", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/empty/", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/style.css/", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/%00", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/%ff", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/" + "x" * 5000, 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/..%2fsecret.html", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/%2e%2e/secret.html", 404, "text/plain; charset=utf-8", "no such file\n"),
        ("/sub/%2e%2e/%2e%2e/secret.html", 404, "text/plain; charset=utf-8", "no such file\n"),
    ],
)
async def test_get(site: Path, path: str, status: int, content_type: str, body: str) -> None:
    async with open_site_server(site) as origin, httpx.AsyncClient() as client:
        url = httpx.URL(origin).copy_with(raw_path=path.encode())
        answer = await client.get(url)
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (
            status,
            content_type,
            body,
        )
        head = await client.head(url)
        assert (head.status_code, head.content) == (status, b"")
        assert head.headers["content-length"] == answer.headers["content-length"]


async def test_a_directory_without_slash_is_a_redirect(site: Path) -> None:
    """Or the relative links in its index would lead to the wrong place."""
    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        answer = await client.get("/sub?x=1")
        assert (answer.status_code, answer.headers["location"]) == (301, "/sub/?x=1")


async def test_a_large_file_arrives_whole(site: Path) -> None:
    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        assert (await client.get("/big.bin")).content == b"x" * 200_000


async def test_other_methods_are_refused(site: Path) -> None:
    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        answer = await client.post("/")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_symbolic_link_that_leads_out_is_not_followed(site: Path) -> None:
    try:
        (site / "out.html").symlink_to(site.parent / "secret.html")
        (site / "in.html").symlink_to(site / "index.html")
        (site / "loop.html").symlink_to(site / "loop.html")
    except OSError:
        pytest.skip("symbolic links need a privilege here")
    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        assert (await client.get("/out.html")).status_code == 404
        assert (await client.get("/loop.html")).status_code == 404
        assert (await client.get("/in.html")).text == "start"


async def test_a_file_that_cannot_be_read_is_forbidden(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:  # noqa: ASYNC124
        raise PermissionError

    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        monkeypatch.setattr("examples.sitecheck.site_server.trio.open_file", refuse)
        assert (await client.get("/data")).status_code == 403


async def test_a_client_that_goes_away_leaves_the_server_alive(site: Path) -> None:
    (site / "huge.bin").write_bytes(b"x" * 20_000_000)
    async with open_site_server(site) as origin, httpx.AsyncClient(base_url=origin) as client:
        async with client.stream("GET", "/huge.bin"):
            pass
        assert (await client.get("/")).text == "start"
