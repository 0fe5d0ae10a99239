"""`Timeline.to_text`: what a terminal shows, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
import trio.testing

from trio_patterns.spawning import race
from trio_patterns.timeline import Recording, Timeline, mark, record
from trio_patterns.timeline.text import to_text


def test_a_program_in_lines() -> None:
    async def worker(pause: float) -> None:
        await trio.sleep(pause)
        mark("done")
        await trio.sleep(pause)

    async def failing() -> None:
        await trio.sleep(4)
        raise ValueError("out of stock")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker, 1)
            nursery.start_soon(worker, 2.5)
            nursery.start_soon(failing)

    timeline = Timeline()
    with pytest.raises(ExceptionGroup):
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0), instruments=[timeline])
    assert timeline.to_text(width=60) == (
        "4 tasks in 4 s on a virtual clock: 1 finished, 2 failed, 1 cancelled\n"
        "            |0 s               |2 s              |4 s\n"
        "main        |------------------------------------| failed; ValueError: out of stock\n"
        " [nursery]  [                                    ]\n"
        "  worker #1 |........!.........|                   ok; ! 1 s done\n"
        "  worker #2 |......................!.............x cancelled; "
        "failing failed: ValueError('out of stock'); ! 2.5 s done\n"
        "  failing   |....................................| failed; ValueError: out of stock\n"
        "| runs, in no time, . sleep, - its tasks, x cancelled, ! mark\n"
    )


async def test_many_of_one_name_are_counted(autojump_clock: trio.testing.MockClock) -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(trio.sleep, 2 + number, name="fetch")

    with record() as timeline:
        await race(main)
    (line,) = [line for line in timeline.to_text(width=60, fold=3).splitlines() if "fetch" in line]
    assert line.split(maxsplit=2)[:2] == ["fetch", "x4"]
    assert line.endswith("peak 4 at once; 4 ok")
    assert "444" in line
    assert "33" in line
    assert len([line for line in timeline.to_text(fold=4).splitlines() if "fetch #" in line]) == 4


async def test_more_than_nine_are_a_curve(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(trio.sleep, 1 + number / 10, name="fetch")
            nursery.start_soon(trio.sleep, 9)
    (line,) = [line for line in timeline.to_text().splitlines() if "fetch" in line]
    assert "peak 40 at once; 40 ok" in line
    assert "█▇" in line


async def test_a_loop_that_opens_nurseries_is_one_row(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        for _ in range(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, 1, name="fetch")
                nursery.start_soon(trio.sleep, 1, name="log")
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, 1, name="other")
    text = timeline.to_text()
    assert "[nursery \N{MULTIPLICATION SIGN}30]" in text
    assert "fetch x30" in text
    assert "log x30" in text
    assert text.count("[nursery]") == 2
    assert "peak 1 at once; 30 ok" in timeline.to_text()


async def test_no_duration_at_all(autojump_clock: trio.testing.MockClock) -> None:
    with record() as timeline:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(trio.lowlevel.checkpoint)
    assert "checkpoint x20" in timeline.to_text()
    assert "at once" not in timeline.to_text()


async def test_a_real_clock_shows_what_ran() -> None:
    with record() as timeline:
        for _ in range(200):
            await trio.lowlevel.checkpoint()
    text = timeline.to_text()
    assert "██████████" in text
    assert "█ runs" in text
    assert "virtual" not in text


def test_what_was_forgotten_is_said() -> None:
    timeline = Timeline()
    text = to_text(replace(timeline.recording, dropped=7), width=80, fold=5)
    assert text.startswith("0 tasks in 0 s: nothing; the oldest 7 events were forgotten\n")
    assert to_text(Recording(0.0, True, (), 0), width=80, fold=5).startswith(
        "0 tasks in 0 s on a virtual clock"
    )


@pytest.mark.parametrize(("argument", "value"), [("width", 39), ("fold", 0)])
def test_arguments_are_checked(argument: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{argument} must be an int >= "):
        Timeline().to_text(**{argument: value})
