"""Three parts, one or two of which fail: do all run to their end, and does the caller hear of it?"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, causes, s

TIMES = {"a": 2.0, "b": 1.0, "c": 3.0}


def check(theirs: Theirs) -> Iterator[str]:
    load_all = theirs.function("load_all")
    ended: list[str] = []

    async def load(name: str) -> str:
        try:
            await trio.sleep(TIMES[name])
        except trio.Cancelled:
            cancelled[name] = trio.current_time() - start
            raise
        ended.append(name)
        if name in failing:
            raise ConnectionError(f"no route to {name}")
        return f"part {name}"

    for failing in ("", "b", "bc"):
        ended.clear()
        cancelled: dict[str, float] = {}
        start = 0.0
        ran = theirs.run(lambda: load_all(list(TIMES), load))
        for name, when in cancelled.items():
            yield (
                f"At {s(when)} the failure of `b` cancelled `{name}`, "
                f"which would have been there at {s(TIMES[name])}."
            )
        if cancelled:
            return
        heard = {str(error) for error in causes(ran.error)}
        if strange := [e for e in causes(ran.error) if not isinstance(e, ConnectionError)]:
            yield f"`load_all` raised {theirs.told(strange[0])}."
            return
        for name in failing:
            if f"no route to {name}" not in heard:
                instead = f"returned {ran.value!r}" if ran.error is None else f"raised {ran.error!r}"
                yield f"The error of `{name}` never reached the caller: `load_all` {instead}."
                return
        if not failing and ran.value != {name: f"part {name}" for name in TIMES}:
            yield f"All parts were loaded, but `load_all` returned {ran.value!r}."
        if missing := [name for name in TIMES if name not in ended]:
            yield f"`load_all` ended at {s(ran.seconds)}, before {missing[0]} had been loaded."
        if ran.seconds > 3.0:
            yield f"`load_all` took {s(ran.seconds)}; loading all parts at once takes 3.0 s."

    failing = ""

    async def given_up() -> bool:
        with trio.move_on_after(0.5) as scope:
            await load_all(list(TIMES), load)
        return scope.cancelled_caught

    if not theirs.run(given_up).value:
        yield "The caller gave up at 0.5 s, but `load_all` did not: it swallows `trio.Cancelled`."
