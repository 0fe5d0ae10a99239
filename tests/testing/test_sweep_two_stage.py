"""`cancel_sweep(two_stage=True)`: a soft cancel at one point, a hard one at each later point."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio

from trio_patterns import CancellationToken
from trio_patterns.testing import SweepFailure, cancel_sweep


class Server:
    """Takes three requests, one a second, unless it is stopped."""

    def __init__(self) -> None:
        self.served = 0
        self.stopped = False
        self.state = "new"

    async def run(self, token: CancellationToken) -> None:
        self.__init__()  # type: ignore[misc]
        self.state = "running"
        try:
            for _ in range(3):
                if token.cancelled:
                    break
                await trio.sleep(1)
                self.served += 1
            self.stopped = token.cancelled
        finally:
            self.state = "closed"


def failure_of(program: Callable[[CancellationToken], Awaitable[object]], **options: object) -> SweepFailure:
    with pytest.raises(SweepFailure) as info:
        cancel_sweep(program, two_stage=True, **options)  # type: ignore[call-overload]
    return info.value


def test_every_pair_of_points_is_tried() -> None:
    pairs: list[tuple[float, bool]] = []
    server = Server()

    async def program(token: CancellationToken) -> None:
        await server.run(token)
        pairs.append((trio.current_time(), token.cancelled))

    report = cancel_sweep(program, two_stage=True, check=lambda: server.state == "closed")
    # The points of a second are: all asleep, awake. A soft cancel at the start leaves nothing to do; one in
    # a second leaves its rest.
    assert (report.kind, report.points, report.total, report.missed) == ("stopped", 17, 17, 0)
    assert len(pairs) == 1 + report.finished
    assert str(report).startswith(f"stopped at all {report.points} points: ")


def test_the_count_of_pairs_for_a_program_that_does_not_look() -> None:
    """With n points there are n soft ones, each alone and with n - soft hard ones."""

    async def program(token: CancellationToken) -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()

    report = cancel_sweep(program, two_stage=True)
    assert report.points == 4 + (4 + 3 + 2 + 1)
    assert (report.cancelled, report.finished) == (10, 4)


def test_a_fault_of_one_pair_is_told_and_replayed() -> None:
    state = "new"

    async def program(token: CancellationToken) -> None:
        nonlocal state
        state = "new"
        with trio.move_on_after(2):
            await token.wait()
        if token.cancelled:
            state = "draining"
            await trio.sleep(1)
            state = "drained"

    failure = failure_of(program, check=lambda: state != "draining")
    assert failure.first.label() == "0+0" or failure.first.replay[1] is not None
    pair = failure.replay
    again = failure_of(program, check=lambda: state != "draining", replay=pair)
    assert again.report.points == 1
    assert again.first == failure.first
    assert f"two_stage=True, replay={pair!r})" in str(failure)
    assert f"stopped at point {pair[0]}+{pair[1]}" in str(failure)
    assert state == "draining"


def test_what_hangs_after_the_soft_cancel_is_found() -> None:
    async def program(token: CancellationToken) -> None:
        with trio.move_on_after(1):
            await token.wait()
        if token.cancelled:
            await trio.sleep_forever()

    failure = failure_of(program)
    assert failure.replay == (0, None)
    assert failure.first.label() == "0"
    assert "it does not end" in failure.problem
    assert str(failure).startswith("3 of 3 points fail")
    assert "first: stopped at point 0, before the start" in str(failure)
    assert failure.failures[1].replay == (1, None)


def test_what_is_wrong_after_the_soft_cancel_alone() -> None:
    done: list[int] = []

    async def program(token: CancellationToken) -> None:
        done.clear()
        while not token.cancelled and len(done) < 2:
            await trio.sleep(1)
            done.append(1)

    failure = failure_of(program, check=lambda: len(done) in (0, 2))
    assert failure.replay == (1, None)
    assert failure.problem == "check() returned False"


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 9, 10, 17, 30])
def test_max_points_is_kept(most: int) -> None:
    async def program(token: CancellationToken) -> None:
        for _ in range(10):
            await trio.lowlevel.checkpoint()

    report = cancel_sweep(program, two_stage=True, max_points=most)
    assert 1 <= report.points <= most
    assert report.points >= most * 0.7
    assert report.total > report.points


def test_a_program_that_fails_by_itself_is_told_apart() -> None:
    async def program(token: CancellationToken) -> None:
        raise KeyError

    with pytest.raises(AssertionError, match="not right even when nothing is done to it"):
        cancel_sweep(program, two_stage=True)
