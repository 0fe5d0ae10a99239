"""Errors that may pass, errors that will not, and a cancellation at each point."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    get_price = theirs.function("get_price")
    asked: list[float] = []
    cancelled_at: list[float] = []

    async def program(*answers: float | Exception) -> float:
        asked.clear()
        cancelled_at.clear()
        start = trio.current_time()

        async def ask() -> float:
            asked.append(trio.current_time() - start)
            try:
                await trio.sleep(0.5)
            except trio.Cancelled:
                cancelled_at.append(trio.current_time())
                raise
            answer = answers[min(len(asked), len(answers)) - 1]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return await get_price(ask, 9.95)  # type: ignore[no-any-return]

    no_route = ConnectionError("no route")
    ran = theirs.run(lambda: program(no_route, 7.5))
    if ran.value != 7.5:
        what = f"raised {theirs.told(ran.error)}" if ran.error else f"returned {ran.value!r}"
        yield f"The second request was answered with 7.5, and `get_price` {what}."
    elif ran.seconds != 2.0:
        yield (
            "One failure at 0.5 s, a pause of 1 s, an answer: that is 2.0 s, and `get_price` took "
            f"{s(ran.seconds)}."
        )
    ran = theirs.run(lambda: program(no_route))
    if ran.value != 9.95:
        what = f"raised {theirs.told(ran.error)}" if ran.error else f"returned {ran.value!r}"
        yield f"No request was answered, and `get_price` {what}, and not the last known price."
    if len(asked) != 3:
        yield f"No request was answered: {len(asked)} were sent, and not three."

    for error in (PermissionError("wrong password"), ValueError("no such product")):
        ran = theirs.run(lambda error=error: program(error, error, error))  # type: ignore[misc]
        name = f"{type(error).__name__}('{error}')"
        if len(asked) > 1:
            yield (
                f"{name} will not pass, and the request was sent {len(asked)} times, until {s(ran.seconds)}."
            )
        elif causes(ran.error) != [error]:
            yield f"{name} never reached the caller: `get_price` returned {ran.value!r}."
    ran = theirs.run(lambda: program(no_route, PermissionError("wrong password")))
    if not isinstance(ran.error, PermissionError) and len(asked) == 2:
        yield f"The second request failed with a PermissionError, and `get_price` returned {ran.value!r}."

    def at_once() -> None:
        assert len(cancelled_at) <= 1, "it was cancelled during a request, and asked again."

    theirs.cancelled_everywhere(lambda: program(no_route), at_once, within=0.1)
