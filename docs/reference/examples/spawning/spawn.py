import trio

from trio_patterns.spawning import spawn


async def fetch(page: str, seconds: float) -> str:
    await trio.sleep(seconds)
    return f"<h1>{page}</h1>"


async def main() -> None:
    async with trio.open_nursery() as nursery:
        news = spawn(nursery, fetch, "News", 2.0)
        weather = spawn(nursery, fetch, "Weather", 3.0)
    assert trio.current_time() == 3.0  # the nursery has waited for both
    assert news.result() == "<h1>News</h1>"
    assert weather.result() == "<h1>Weather</h1>"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
