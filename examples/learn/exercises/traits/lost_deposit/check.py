"""Deposits to one account and to two, in every order, refused, and cancelled."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from examples.learn.bench import Theirs, s
from trio_patterns.traits import InMemoryRepository


def check(theirs: Theirs) -> Iterator[str]:
    Account, Bank = theirs.get("Account"), theirs.get("Bank")  # noqa: N806
    waits = 0.0
    refused = False
    balances: dict[str, int] = {}
    wanted: dict[str, int] = {}

    async def may_deposit(account_id: str, amount: int) -> bool:
        await trio.sleep(waits)
        return not (refused and amount == 13)

    async def program(*deposits: tuple[float, str, int], give_up: float = 3600.0) -> None:
        wanted.clear()
        balances.clear()
        accounts = InMemoryRepository(Account)
        names = sorted({name for _, name, _ in deposits})
        for name in names:
            await accounts.save(Account(name))
        bank = Bank(accounts, may_deposit)

        async def deposit(when: float, name: str, amount: int, until: float) -> None:
            await trio.sleep(when)
            with trio.move_on_after(until) as scope:
                done = await bank.deposit(name, amount)
            if not scope.cancelled_caught and done:
                wanted[name] = wanted.get(name, 0) + amount

        async with trio.open_nursery() as nursery:
            for number, (when, name, amount) in enumerate(deposits):
                nursery.start_soon(deposit, when, name, amount, give_up if number == 0 else 3600.0)
        for name in names:
            balances[name] = (await accounts.find_by_id(name)).balance

    def none_lost() -> None:
        assert balances == wanted, (
            f"Deposited is {wanted['joint']}, and on the account is {balances['joint']}: "
            "one deposit overwrites another."
        )

    # Without pauses any order is possible, and with them some are likely.
    try:
        theirs.in_every_order(lambda: program((0.0, "joint", 100), (0.0, "joint", 50)), none_lost)
    finally:
        waits = 2.0
    ran = theirs.run(lambda: program((0.0, "ann", 1), (0.0, "bob", 2), (0.5, "cid", 4)))
    if ran.error is not None:
        yield f"`deposit` raised {theirs.told(ran.error)}."
        return
    if ran.seconds > 2.5:
        yield (
            f"Three deposits to three accounts took {s(ran.seconds)}, and not 2.5 s: they wait for "
            "each other."
        )
    if balances != {"ann": 1, "bob": 2, "cid": 4}:
        yield f"1, 2 and 4 were deposited to three accounts, and these have {balances}."

    ran = theirs.run(lambda: program((0.0, "joint", 100), (0.5, "joint", 50), give_up=1.0))
    if balances != {"joint": 50}:
        yield (
            "A deposit of 100 was cancelled and one of 50 went through: on the account is "
            f"{balances['joint']}."
        )
    if ran.seconds > 3.0:
        yield f"The first deposit was cancelled at 1.0 s, and the second one ended at {s(ran.seconds)}."

    refused = True
    theirs.run(lambda: program((0.0, "joint", 13), (0.5, "joint", 50)))
    if balances != {"joint": 50}:
        yield (
            f"A deposit of 13 was refused and one of 50 went through: on the account is {balances['joint']}."
        )
