"""The same program gives the same bytes, in whichever order trio wakes tasks that are ready."""

from __future__ import annotations

import random

import pytest
import trio
import trio.testing

from trio_patterns.timeline import Timeline, mark


def drawn(program: object, seed: int) -> list[str]:
    timeline = Timeline()
    trio._core._run._r.seed(seed)  # type: ignore[attr-defined]
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(program, clock=clock, instruments=[timeline])  # type: ignore[arg-type]
    return [timeline.to_svg(), timeline.to_html(), timeline.to_perfetto(), timeline.to_text()]


def test_who_starts_the_first_task_does_not_matter_if_two_do_at_a_time() -> None:
    async def main() -> None:
        async def one() -> None:
            await trio.sleep(1)
            inner.start_soon(trio.sleep, 1, name="one's")

        async def two() -> None:
            await trio.sleep(1)
            inner.start_soon(trio.sleep, 1, name="two's")

        async def three() -> None:
            await trio.sleep(1)
            middle.start_soon(trio.sleep, 1, name="three's")

        async def four(task_status: trio.TaskStatus[None]) -> None:
            await trio.sleep(1)
            task_status.started()
            await trio.sleep(1)

        async with trio.open_nursery() as outer:
            async with trio.open_nursery() as middle, trio.open_nursery() as inner:
                for function in (one, two, three):
                    outer.start_soon(function)
                outer.start_soon(inner.start, four)
                await trio.sleep(2)

    assert len({tuple(drawn(main, seed)) for seed in range(30)}) == 1


class Program:
    """A program that is made of chance, and then always does the same; no two waits end at one moment."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.budget = 40
        self.moments = 0
        self.plan = self.tree(0)

    def pause(self) -> float:
        self.moments += 1
        return self.chance.randint(0, 6) / 2

    def tree(self, depth: int) -> list[tuple[str, float, object]]:
        steps: list[tuple[str, float, object]] = []
        for _ in range(self.chance.randint(1, 5)):
            kinds = ["sleep", "checkpoint", "lock", "limit", "send", "receive", "cut", "mark"]
            if depth < 4 and self.budget > 0:
                kinds += ["nursery"] * 4 + ["start"]
            kind = self.chance.choice(kinds)
            inner: object = None
            if kind in {"nursery", "start"}:
                count = self.chance.randint(1, 4)
                self.budget -= count
                inner = [self.tree(depth + 1) for _ in range(count)]
            steps.append((kind, self.pause(), inner))
        return steps

    async def main(self) -> None:
        await self.run(self.plan)

    async def run(self, plan: list[tuple[str, float, object]]) -> None:
        lock, limiter, event = trio.Lock(), trio.CapacityLimiter(2), trio.Event()
        send, receive = trio.open_memory_channel[int](1)

        async def child(own: list[tuple[str, float, object]]) -> None:
            async with limiter:
                await self.run(own)

        async def starts(own: list[tuple[str, float, object]], task_status: trio.TaskStatus[None]) -> None:
            await trio.sleep(0.25)
            task_status.started()
            await self.run(own)

        for kind, pause, inner in plan:
            if kind == "sleep":
                await trio.sleep(pause)
            elif kind == "checkpoint":
                await trio.lowlevel.checkpoint()
            elif kind == "lock":
                async with lock:
                    await trio.sleep(pause)
            elif kind == "limit":
                async with limiter:
                    await trio.sleep(pause)
            elif kind == "mark":
                mark(f"at {trio.current_time()}")
            elif kind == "cut":
                with trio.move_on_after(pause):
                    await event.wait()
            elif kind in {"send", "receive"}:
                with trio.move_on_after(pause):
                    await (send.send(1) if kind == "send" else receive.receive())
            else:
                assert isinstance(inner, list)
                async with trio.open_nursery() as nursery:
                    for own in inner:
                        if kind == "start":
                            await nursery.start(starts, own)
                        else:
                            nursery.start_soon(child if len(inner) < 3 else self.run, own)
        send.close()
        receive.close()


@pytest.mark.parametrize("program", range(40))
def test_programs_of_chance_give_the_same_bytes(program: int) -> None:
    main = Program(program).main
    first = drawn(main, 0)
    for seed in range(1, 4):
        assert drawn(main, seed) == first
