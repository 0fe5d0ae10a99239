from dataclasses import dataclass

import trio

from trio_patterns.traits import Unavailable, open_sql_repository


@dataclass
class User:
    id: int
    email: str


async def main() -> None:
    try:
        async with open_sql_repository("sqlite:////no/such/folder/users.db", User):
            raise AssertionError("not reached")
    except Unavailable as unavailable:  # may pass: name it in a RetryPolicy
        assert unavailable.operation == "open"
        assert unavailable.reason == "unable to open database file"


# ---
trio.run(main)  # REAL_TIME: a database in a thread
