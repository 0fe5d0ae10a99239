"""For the picture: six links, and the third one fails."""

from ch2_first_failure_broken import check_all
from small_web import Web


async def main() -> None:
    try:
        await check_all(Web(pages=6, resets=["/2"]))
    except* ConnectionError:
        pass
