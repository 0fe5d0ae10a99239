"""Deadlines of all lengths around a request that fails: what does the caller get, and when?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, s


def check(theirs: Theirs) -> Iterator[str]:
    fetch = theirs.function("fetch")
    asked: list[float] = []

    async def program(patience: float, takes: float = 0.5, works: int = 99) -> str:
        asked.clear()
        start = trio.current_time()

        async def request() -> str:
            asked.append(trio.current_time() - start)
            await trio.sleep(takes)
            if len(asked) == works:
                return "page"
            raise ConnectionError(f"failure {len(asked)}")

        with trio.fail_after(patience):
            return await fetch(request)  # type: ignore[no-any-return]

    # Requests begin at 0, 1.5, 4, 8.5 and 17; they fail half a second later.
    for patience, end, requests in ((10.0, 9.0, 4), (3.0, 2.0, 2), (1.2, 0.5, 1), (math.inf, 17.5, 5)):
        ran = theirs.run(lambda patience=patience: program(patience))  # type: ignore[misc]
        when = f"With {s(patience)} of patience" if patience < math.inf else "Without a deadline"
        if isinstance(ran.error, trio.TooSlowError):
            yield (
                f"{when}: the caller waits until {s(ran.seconds)} and gets a TooSlowError. "
                f"At {s(end)} it was clear that there is no time "
                "for another pause: raise the request's error then."
            )
            break
        elif not isinstance(ran.error, ConnectionError):
            what = theirs.told(ran.error) if ran.error else repr(ran.value)
            yield f"{when}: the caller gets {what}, and not the request's error."
        elif len(asked) != requests:
            yield f"{when}: {len(asked)} requests were sent; there is time for {requests}."
        elif ran.seconds != end:
            yield f"{when}: `fetch` ended at {s(ran.seconds)}, and not at {s(end)}."
        elif str(ran.error) != f"failure {requests}":
            yield f"{when}: the caller gets the error of another request than the last one: {ran.error}."

    ran = theirs.run(lambda: program(10.0, works=4))
    if ran.value != "page":
        yield "The fourth request works, at 9.0 s of 10 s, and the caller does not get its answer."
    ran = theirs.run(lambda: program(10.0, takes=11.0))
    if not isinstance(ran.error, trio.TooSlowError) or ran.seconds != 10.0:
        yield "A request that takes longer than the caller's 10 s has to be cut off at 10.0 s."
