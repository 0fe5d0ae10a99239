"""How far it is: on a terminal a bar, elsewhere a line now and then."""

from __future__ import annotations

import io

import trio
from trio.testing import MockClock

from examples.sitecheck.fetcher import Counts
from examples.sitecheck.frontier import Frontier
from examples.sitecheck.progress import Bar, Lines, Nothing, choose_display, show_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_display_suits_the_stream() -> None:
    assert isinstance(choose_display(io.StringIO(), quiet=False), Lines)
    assert isinstance(choose_display(io.StringIO(), quiet=True), Nothing)
    assert isinstance(choose_display(Terminal(), quiet=True), Nothing)
    bar = choose_display(Terminal(), quiet=False)
    assert isinstance(bar, Bar)
    bar.close()


async def test_lines_come_every_five_seconds(autojump_clock: MockClock) -> None:
    frontier, counts, log = Frontier(), Counts(), io.StringIO()
    frontier.add_finished("a")
    frontier.add("b")
    async with show_progress(Lines(log), frontier, counts):
        await trio.sleep(6)
        counts.retries = 2
        frontier.add("c")
        await trio.sleep(6)
    assert log.getvalue().splitlines() == [
        "sitecheck: 1 of 2 known URLs checked",
        "sitecheck: 1 of 3 known URLs checked, 2 retries",
    ]


async def test_a_quick_run_prints_no_line(autojump_clock: MockClock) -> None:
    log = io.StringIO()
    async with show_progress(Lines(log), Frontier(), Counts()):
        await trio.sleep(4.9)
    assert log.getvalue() == ""


async def test_the_bar_is_drawn_and_removed(autojump_clock: MockClock) -> None:
    terminal = Terminal()
    frontier = Frontier()
    frontier.add("a")
    async with show_progress(Bar(terminal), frontier, Counts()):
        await trio.sleep(0.25)
        drawn = terminal.getvalue()
    assert drawn.count("0 of 1 known URLs checked") >= 2
    assert len(terminal.getvalue()) > len(drawn)  # what erases it


async def test_quiet_is_quiet(autojump_clock: MockClock) -> None:
    async with show_progress(Nothing(), Frontier(), Counts()):
        await trio.sleep(100)


async def test_the_bar_is_removed_when_the_block_fails(autojump_clock: MockClock) -> None:
    """Or the next line on the terminal would be written across it."""

    class Recorder(Nothing):
        closed = False

        def close(self) -> None:
            self.closed = True

    display = Recorder()
    with trio.move_on_after(1):
        async with show_progress(display, Frontier(), Counts()):
            await trio.sleep_forever()
    assert display.closed
