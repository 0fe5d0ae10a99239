"""Says: Five readers want one page, and it was loaded 5 times."""


class Cache:
    def __init__(self, load):
        self._load, self._pages = load, {}

    async def get(self, name):
        if name not in self._pages:
            self._pages[name] = await self._load(name)
        return self._pages[name]
