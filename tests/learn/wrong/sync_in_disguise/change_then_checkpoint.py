"""Says: `put` was cancelled before it could begin, and has changed the store all the same."""

import trio


class MemoryStore:
    def __init__(self):
        self._values = {}

    async def put(self, key, value):
        self._values[key] = value
        await trio.lowlevel.checkpoint()

    async def get(self, key):
        await trio.lowlevel.checkpoint()
        return self._values.get(key)

    async def remove(self, key):
        await trio.lowlevel.checkpoint()
        return self._values.pop(key, None) is not None

    async def keys(self):
        await trio.lowlevel.checkpoint()
        for key in sorted(self._values):
            yield key
