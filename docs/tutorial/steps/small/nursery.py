"""For the picture: six links, all at once."""

from ch2_nursery import check_all
from small_web import Web


async def main() -> None:
    await check_all(Web(pages=6))
