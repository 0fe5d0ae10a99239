"""Says: All three mirrors failed, and the caller hears of 1 of them."""

import trio


async def first_answer(mirrors, ask):
    answers, errors = [], []
    async with trio.open_nursery() as nursery:

        async def ask_one(mirror):
            try:
                answers.append(await ask(mirror))
                nursery.cancel_scope.cancel()
            except ConnectionError as error:
                errors.append(error)

        for mirror in mirrors:
            nursery.start_soon(ask_one, mirror)
    if not answers:
        raise errors[0]
    return answers[0]
