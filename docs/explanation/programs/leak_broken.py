"""A function has returned, and what it started still uses what the function has closed (asyncio)."""

import asyncio
from typing import Self


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


background: set[asyncio.Task[None]] = set()  # or a task may be collected while it runs


async def write_log(connection: Connection, text: str) -> None:
    await asyncio.sleep(0)  # one step of waiting is enough
    connection.send(text)


async def place_order(number: int) -> str:
    with Connection() as connection:
        connection.send(f"order {number}")
        log = write_log(connection, f"log of order {number}")
        task = asyncio.create_task(log)  # BUG: who waits for it?
        background.add(task)
        task.add_done_callback(background.discard)
    return "done"


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, about: print(f"{about['message']}: {about['exception']}"))
    try:
        print(f"place_order says {await place_order(1)!r}")
        print(f"tasks that it left behind: {len(asyncio.all_tasks()) - 1}")
        for _ in range(3):
            await asyncio.sleep(0)
    except OSError as error:
        print(f"main caught: {error}")
    print("main has seen no error")


if __name__ == "__main__":
    asyncio.run(main())
