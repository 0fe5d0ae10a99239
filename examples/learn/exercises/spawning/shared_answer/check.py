"""One loads and others wait: what do they get when the one who loads fails or is cancelled?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Meter, Theirs, s


def check(theirs: Theirs) -> Iterator[str]:
    make = theirs.get("Cache")
    meter = Meter()

    async def load(name: str) -> str:
        nonlocal failures
        with meter():
            await trio.sleep(5)
        if failures:
            failures -= 1
            raise ConnectionError("no route")
        return f"page {name}"

    got: dict[str, object] = {}

    async def ask(cache: object, who: str, begin: float, end: float) -> None:
        await trio.sleep(begin)
        with trio.move_on_after(end - begin):
            try:
                got[who] = await cache.get("home"), trio.current_time()  # type: ignore[attr-defined]
            except ConnectionError as error:
                got[who] = error, trio.current_time()

    async def program(*who: tuple[str, float, float]) -> None:
        got.clear()
        meter.__init__()  # type: ignore[misc]
        cache = make(load)
        async with trio.open_nursery() as nursery:
            for person in who:
                nursery.start_soon(ask, cache, *person)

    failures = 0
    everybody = [(f"reader {n}", 0.1 * n, 60.0) for n in range(5)]
    ran = theirs.run(lambda: program(*everybody))
    if ran.error is not None:
        yield f"With five readers and nothing wrong, `get` raised {theirs.told(ran.error)}."
        return
    if meter.entered != 1:
        yield f"Five readers want one page, and it was loaded {meter.entered} times."
    if len(got) < 5 or {page for page, _ in got.values()} != {"page home"}:  # type: ignore[misc]
        yield "Five readers want one page, and not all of them got it."

    failures = 0
    ran = theirs.run(lambda: program(("Ann", 0, 2), ("Bob", 1, 60), ("Cid", 1.5, 60)))
    if ran.error is not None:
        yield f"Ann, who loads, gives up at 2.0 s, and somebody else gets {theirs.told(ran.error)}."
    for who in ("Bob", "Cid"):
        if ran.error is None and who not in got:
            yield (
                f"Ann, who loads, gives up at 2.0 s. At 60.0 s {who} still has no page: nobody wakes "
                "those who wait."
            )
            break
    if meter.peak > 1:
        yield f"At {s(meter.peak_at)} {meter.peak} loaded the same page at once."

    failures = 1
    ran = theirs.run(lambda: program(("Ann", 0, 60), ("Bob", 1, 60), ("Cid", 20, 60)))
    if ran.error is not None:
        yield f"Loading failed once, and `get` raised {theirs.told(ran.error)}."
        return
    if "Bob" not in got:
        yield "Ann's attempt to load fails at 5.0 s. At 60.0 s Bob still waits."
    if got.get("Cid", (None,))[0] != "page home":  # type: ignore[index]
        yield (
            "Loading failed once, and Cid, who came 15 s later, does not get the page either: a "
            "failure must not be kept."
        )

    failures = 0
    theirs.cancelled_everywhere(lambda: program(("Ann", 0, 60), ("Bob", 1, 60)), within=1.0)
