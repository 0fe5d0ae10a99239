"""Says: `near` answered at 1.0 s, but `first_answer` raised ConnectionError: down refused."""

import trio


async def first_answer(mirrors, ask):
    answers = []
    async with trio.open_nursery() as nursery:

        async def ask_one(mirror):
            answers.append(await ask(mirror))
            nursery.cancel_scope.cancel()

        for mirror in mirrors:
            nursery.start_soon(ask_one, mirror)
    return answers[0]
