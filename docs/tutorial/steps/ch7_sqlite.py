"""The same on a file, which outlives the process."""

import signal
import tempfile
from pathlib import Path

import trio
from trio_patterns.traits import open_sql_repository

from ch7_resume import check_site
from small_store import Page
from small_web import Answer, Web

REAL_TIME = True  # a database works in threads, of which virtual time knows nothing


class ImpatientWeb(Web):
    """Somebody presses Ctrl-C when twenty pages have been asked for."""

    async def get(self, url: str) -> Answer:
        if self.requests == 20:
            signal.raise_signal(signal.SIGINT)
        return await super().get(url)


async def main() -> None:
    web = ImpatientWeb(gone=["/45"], latency=0.02)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'pages.sqlite')}"
        async with open_sql_repository(url, Page, key="url") as store:
            end = await check_site(web, store)
            saved = await store.all().count()
        print(f"{end.reason}; all that was asked for is saved: {saved == web.requests}")

        async with open_sql_repository(url, Page, key="url") as store:
            await check_site(web, store)
            pages = await store.all().collect()
    print(f"broken: {[page.url for page in pages if page.verdict != 'ok']}")
    print(f"{web.requests} requests for {len(pages)} pages, in both runs together")


if __name__ == "__main__":
    trio.run(main)
