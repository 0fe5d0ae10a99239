"""For the picture: six links, one after the other."""

from ch1_one_task import check_all
from small_web import Web


async def main() -> None:
    await check_all(Web(pages=6))
