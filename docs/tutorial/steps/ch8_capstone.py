"""The same program grown up: real pages, a real server, a real database."""

import tempfile
from pathlib import Path

import trio
from examples.sitecheck.run import Options, check_site

REAL_TIME = True  # there are threads and sockets in it

PAGES = {
    "index.html": """<h1>Home</h1>
<a href="news.html#today">news</a>
<a href="nwes.html">more news</a>
""",
    "news.html": """<h1 id="today">Today</h1>
<a href="/">home</a> <a href="#yesterday">before</a>
""",
}


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, html in PAGES.items():
            await trio.Path(folder, name).write_text(html, encoding="utf-8")
        result = await check_site(
            Options(site=folder, database=Path(folder, "pages.sqlite"))
        )
    for link in result.report.broken:
        print(link)
    print(f"{result.report.pages} pages, {result.counts.requests} requests")


if __name__ == "__main__":
    trio.run(main)
