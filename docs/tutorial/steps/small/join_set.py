"""For the picture: seven pages, found on the way."""

from ch6_join_set import crawl
from small_web import Web


async def main() -> None:
    await crawl(Web(pages=7))
