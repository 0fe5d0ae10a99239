"""A cache that forgets after an hour, watched for a day, in no time."""

import time

import trio


class Cache:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, str]] = {}
        self.loads = 0

    async def get(self, key: str) -> str:
        now = trio.current_time()
        if key not in self._kept or now - self._kept[key][0] >= self._seconds:
            self.loads += 1
            await trio.sleep(2)  # ask the database
            self._kept[key] = trio.current_time(), f"{key} #{self.loads}"
        return self._kept[key][1]


async def main() -> None:
    cache = Cache(3600)
    started, really = trio.current_time(), time.perf_counter()

    def now() -> float:
        return trio.current_time() - started

    await cache.get("rate")
    print(f"t={now()} loaded {cache.loads} time")
    await trio.sleep_until(started + 3601)
    await cache.get("rate")
    print(f"t={now()} loaded {cache.loads} time")
    await trio.sleep_until(started + 3602)
    await cache.get("rate")
    print(f"t={now()} loaded {cache.loads} times")
    while now() < 24 * 3600:
        await cache.get("rate")
        await trio.sleep(60)
    print(f"t={now()} loaded {cache.loads} times")
    if time.perf_counter() - really < 5:
        print("a day of 86 400 seconds took less than five")


if __name__ == "__main__":
    trio.run(main)
