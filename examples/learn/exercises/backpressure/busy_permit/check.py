"""One permit, some that fail: who waits for whom, and do two ever run at once?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Meter, Theirs, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    fetch = theirs.function("fetch")
    meter = Meter()
    tried: dict[str, int] = {}
    ended: dict[str, float] = {}

    async def program(failures: dict[str, int]) -> None:
        meter.__init__()  # type: ignore[misc]
        tried.clear()
        ended.clear()
        permits = trio.CapacityLimiter(1)
        start = trio.current_time()

        async def customer(name: str) -> None:
            async def request() -> str:
                tried[name] = tried.get(name, 0) + 1
                with meter():
                    await trio.sleep(1)
                if tried[name] <= failures[name]:
                    raise ConnectionError(f"{name} was refused")
                return name

            got = await fetch(request, permits)
            ended[name] = trio.current_time() - start
            assert got == name, f"`fetch` returned {got!r} and not what the request gave."

        async with trio.open_nursery() as nursery:
            for name in failures:
                nursery.start_soon(customer, name)
                await trio.sleep(0.1)
        if permits.borrowed_tokens:
            raise AssertionError("When all was done a permit was still taken.")

    ran = theirs.run(lambda: program({"ann": 1, "bob": 0, "cid": 0}))
    if ran.error is not None:
        yield (
            "One failure, and a second try that succeeds: `fetch` raised "
            f"{theirs.told(causes(ran.error)[0])}."
        )
        return
    if meter.peak > 1:
        yield f"At {s(meter.peak_at)} {meter.peak} requests ran at once, with one permit."
    if ended["bob"] > 3:
        yield (
            f"Ann fails at 1.0 s and pauses. Bob is served at {s(ended['bob'])}, and not at 2.0 s: "
            "the pause holds the permit."
        )
    if ended["ann"] < 11:
        yield f"Ann failed at 1.0 s and was served at {s(ended['ann'])}: the pause of 10 s is gone."
    elif ended["ann"] > 13:
        yield f"Ann failed at 1.0 s and was served at {s(ended['ann'])}, and not at 12.0 s."

    ran = theirs.run(lambda: program({"ann": 5, "bob": 5}))
    if tried.get("ann", 0) != 3:
        yield f"A request that always fails was tried {tried.get('ann', 0)} times, and not three times."
    if not any(isinstance(error, ConnectionError) for error in causes(ran.error)):
        yield "A request that always fails: its error never reached the caller."
    if ran.seconds > 25.5:
        yield f"Two requests fail three times, side by side: it took {s(ran.seconds)}, and not 24.0 s."
    if meter.peak > 1:
        yield f"At {s(meter.peak_at)} {meter.peak} requests ran at once, with one permit."
