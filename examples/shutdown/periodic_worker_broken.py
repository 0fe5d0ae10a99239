"""A periodic worker whose work is raced against the shutdown: the loser is dropped, half done.

Every two seconds 10 coins go from one account to the other; a transfer takes one second, and the
coins are in neither account meanwhile. The shutdown comes at 4.5 seconds, in the middle of the third.

Notice: the stop is as quick as one could wish, is reported as clean, and 10 coins are gone.
Run: python -m examples periodic_worker_broken
Page: docs/patterns/shutdown/periodic-worker.md
"""

from __future__ import annotations

import trio

from trio_patterns.shutdown import CancellationToken, open_graceful_nursery

PERIOD = 2.0


def say(text: str) -> None:
    print(f"t={trio.current_time() - START:.1f} {text}")


async def transfer(accounts: dict[str, int], amount: int) -> None:
    accounts["mine"] -= amount
    await trio.sleep(1)  # the bank
    accounts["yours"] += amount
    say(f"transferred, {accounts}")


async def worker(accounts: dict[str, int], token: CancellationToken) -> None:
    due = trio.current_time()
    while not token.cancelled:
        await token.run_until_cancelled(transfer, accounts, 10)  # BUG: interrupted wherever it waits
        due += PERIOD
        await token.run_until_cancelled(trio.sleep_until, due)


async def main() -> None:
    global START
    START = trio.current_time()
    accounts = {"mine": 100, "yours": 0}
    async with open_graceful_nursery(grace_period=5, signals=()) as nursery:
        nursery.start_soon(worker, accounts, nursery.token)
        await trio.sleep(4.5)
        say("shutdown")
        nursery.shutdown("deploy")
    say(f"ended, clean={nursery.report.clean}")
    print(f"{sum(accounts.values())} coins of 100")


if __name__ == "__main__":
    trio.run(main)
