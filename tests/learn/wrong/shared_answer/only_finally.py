"""Says: Ann, who loads, gives up at 2.0 s, and somebody else gets"""

import trio


class Cache:
    def __init__(self, load):
        self._load, self._pages, self._loading = load, {}, {}

    async def get(self, name):
        if name in self._pages:
            return self._pages[name]
        if name in self._loading:
            await self._loading[name].wait()
            return self._pages[name]
        self._loading[name] = trio.Event()
        try:
            self._pages[name] = await self._load(name)
        finally:
            self._loading.pop(name).set()
        return self._pages[name]
