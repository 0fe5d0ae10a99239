import trio

from trio_patterns.timeline import Span, record


async def main() -> None:
    with record() as timeline:
        await trio.sleep(2)
        with trio.move_on_after(3):
            await trio.Event().wait()
    spans: tuple[Span, ...] = timeline.recording.tasks[0].spans
    assert [(span.start, span.end) for span in spans] == [(0, 2), (2, 5)]
    assert [span.category for span in spans] == ["sleep", "event"]
    assert spans[1].label == "Event.wait"
    assert spans[1].stack[-1].source == "await trio.Event().wait()"


# ---
from trio.testing import MockClock

trio.run(main, clock=MockClock(autojump_threshold=0))
