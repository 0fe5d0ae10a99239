"""The same in trio: the block waits, so the function can't return before its task has ended."""

from typing import Self

import trio


class Connection:
    def __enter__(self) -> Self:
        self.open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False

    def send(self, text: str) -> None:
        if not self.open:
            raise OSError(f"can't send {text!r}, the connection is closed")
        print(f"sent {text!r}")


async def write_log(connection: Connection, text: str) -> None:
    await trio.lowlevel.checkpoint()
    connection.send(text)


async def place_order(number: int) -> str:
    with Connection() as connection:
        connection.send(f"order {number}")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write_log, connection, f"log of order {number}")
    return "done"


async def smuggle_a_nursery_out() -> trio.Nursery:
    async with trio.open_nursery() as nursery:
        return nursery


async def main() -> None:
    print(f"place_order says {await place_order(1)!r}")
    print(f"tasks that it left behind: {tasks_below(trio.lowlevel.current_task())}")
    nursery = await smuggle_a_nursery_out()
    try:
        nursery.start_soon(trio.sleep_forever)
    except RuntimeError as error:
        print(f"start_soon: {error}")


def tasks_below(task: trio.lowlevel.Task) -> int:
    children = [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return len(children) + sum(map(tasks_below, children))


if __name__ == "__main__":
    trio.run(main)
