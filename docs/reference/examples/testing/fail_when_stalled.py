import trio

from trio_patterns.testing import fail_when_stalled


async def test_handing_over() -> None:
    send, receive = trio.open_memory_channel[str](0)
    with (
        fail_when_stalled()
    ):  # forget one of the two, and it fails instead of hanging
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send.send, "parcel")
            assert await receive.receive() == "parcel"


# ---
from trio.testing import MockClock

trio.run(test_handing_over, clock=MockClock(autojump_threshold=0))
