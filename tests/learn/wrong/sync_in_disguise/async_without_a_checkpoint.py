"""Says: `remove` never lets another task run"""

import trio


class MemoryStore:
    def __init__(self):
        self._values = {}

    async def put(self, key, value):
        await trio.lowlevel.checkpoint()
        self._values[key] = value

    async def get(self, key):
        await trio.lowlevel.checkpoint()
        return self._values.get(key)

    async def remove(self, key):
        return self._values.pop(key, None) is not None

    async def keys(self):
        await trio.lowlevel.checkpoint()
        for key in sorted(self._values):
            yield key
