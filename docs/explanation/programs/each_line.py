"""A cancellation before, during and after a wait: three times the same call, three different ends."""

import trio
import trio.testing


async def take_letter(receive: trio.MemoryReceiveChannel[str], letters: list[str]) -> None:
    letter = await receive.receive()
    letters.append(letter)
    await trio.sleep(1)  # read it
    letters.append("and read")


async def scene(when: str) -> None:
    send, receive = trio.open_memory_channel[str](1)
    letters: list[str] = []
    with send, receive:
        async with trio.open_nursery() as nursery:
            scope = nursery.cancel_scope
            if when == "before":
                send.send_nowait("letter")
                scope.cancel()
            nursery.start_soon(take_letter, receive, letters)
            await trio.testing.wait_all_tasks_blocked()
            if when == "during":
                scope.cancel()
            if when == "after":
                send.send_nowait("letter")  # wakes the receiver, which has not run yet ...
                scope.cancel()  # ... and is cancelled
        if when == "during":
            send.send_nowait("letter")  # it comes when the receiver has gone
        left = receive.statistics().current_buffer_used
        print(f"{when:6} | in the channel: {left} | taken: {letters}")


async def main() -> None:
    for when in ("before", "during", "after"):
        with trio.CancelScope():  # so that a cancelled scene does not end the others
            await scene(when)


if __name__ == "__main__":
    trio.run(main)
