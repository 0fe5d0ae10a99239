"""Jitter: a hundred clients lost their server at the same instant; when do they come back?

For each jitter, one line: how many of the first repeated calls fall into each tenth of the delay.
(On the real clock a client or two may slip into the next column.)

Notice: without jitter all hundred arrive in the same instant, and fell the server again.
Run: python -m examples retry_jitter
Page: docs/patterns/retry/jitter.md
"""

from __future__ import annotations

import random
from collections import Counter

import trio

from trio_patterns.retry import (
    Jitter,
    RetryPolicy,
    additive_jitter,
    decorrelated_jitter,
    equal_jitter,
    full_jitter,
    no_jitter,
    retry,
)

CLIENTS = 100
DELAY = 1.0

JITTERS: dict[str, Jitter] = {
    "no_jitter": no_jitter,
    "additive_jitter(0.05)": additive_jitter(0.05),
    "equal_jitter": equal_jitter,
    "full_jitter": full_jitter,
    "decorrelated_jitter": decorrelated_jitter,
}


class Server:
    """Refuses everyone once, and notes when they come back."""

    def __init__(self) -> None:
        self.start = trio.current_time()
        self.met: set[int] = set()
        self.arrivals: Counter[int] = Counter()

    async def request(self, client: int) -> None:
        await trio.lowlevel.checkpoint()
        if client not in self.met:
            self.met.add(client)
            raise ConnectionResetError
        # A small shift, so that a timer's rounding does not decide about the column.
        self.arrivals[int((trio.current_time() - self.start + 0.01) / (DELAY / 10))] += 1


async def client(server: Server, number: int, jitter: Jitter) -> None:
    # A generator for each client, because one for all would be drawn from in the order of waking up.
    policy = RetryPolicy(on=ConnectionError, base_delay=DELAY, jitter=jitter, rng=random.Random(number))
    await retry(server.request, number, policy=policy)


async def main() -> None:
    print(f"{'tenths of the delay:':22}{''.join(f'{tenth:>4}' for tenth in range(11))}  later")
    for name, jitter in JITTERS.items():
        server = Server()
        async with trio.open_nursery() as nursery:
            for number in range(CLIENTS):
                nursery.start_soon(client, server, number, jitter)
        columns = [server.arrivals[tenth] for tenth in range(11)]
        shown = "".join(f"{count or '.':>4}" for count in columns)
        print(f"{name:22}{shown}{CLIENTS - sum(columns) or '.':>7}")


if __name__ == "__main__":
    trio.run(main)
