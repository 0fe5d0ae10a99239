"""Mirrors of different speed: when does the answer come, and what are the others doing then?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, causes, s


def check(theirs: Theirs) -> Iterator[str]:
    first_answer = theirs.function("first_answer")
    running: set[str] = set()
    times = {"far": 10.0, "near": 1.0, "down": 0.5}

    async def ask(mirror: str) -> str:
        running.add(mirror)
        try:
            await trio.sleep(times[mirror])
            if mirror in down:
                raise ConnectionError(f"{mirror} refused")
            return f"from {mirror}"
        finally:
            with trio.move_on_after(0.25, shield=True):
                await trio.sleep(0.25)  # says goodbye to the server
            running.discard(mirror)

    async def program() -> tuple[object, set[str]]:
        running.clear()
        return await first_answer(list(times), ask), set(running)

    down = {"down"}
    ran = theirs.run(program)
    if ran.error is not None:
        yield f"`near` answered at 1.0 s, but `first_answer` raised {theirs.told(ran.error)}."
        return
    answer, left = ran.value
    if answer != "from near":
        yield f"The first answer was 'from near', but `first_answer` returned {answer!r}."
    if ran.seconds > 2.0:
        yield (
            f"`near` answered at 1.0 s, but `first_answer` returned at {s(ran.seconds)}: it waits "
            "for `far`, which nobody cancels."
        )
    if left:
        yield f"When `first_answer` returned, the request to `{min(left)}` had not ended."

    down = set(times)
    ran = theirs.run(program)
    if ran.error is None:
        yield f"All mirrors failed, but `first_answer` returned {ran.value[0]!r}."
    elif not all(isinstance(error, ConnectionError) for error in causes(ran.error)):
        yield f"All mirrors failed, and the caller hears something else: {theirs.told(ran.error)}."
    elif len(causes(ran.error)) != len(times):
        yield f"All three mirrors failed, and the caller hears of {len(causes(ran.error))} of them."

    down = set()

    def ended() -> None:
        assert not running, f"the request to `{min(running)}` had not ended when `first_answer` had."

    theirs.cancelled_everywhere(program, ended, within=1.0)
