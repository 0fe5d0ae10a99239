"""For the picture: seven pages, found on the way and saved in batches."""

from ch6_store import check_site
from small_store import SlowStore
from small_web import Web


async def main() -> None:
    await check_site(Web(pages=7), SlowStore())
