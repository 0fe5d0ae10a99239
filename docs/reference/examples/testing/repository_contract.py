from trio_patterns.testing import repository_contract
from trio_patterns.traits import InMemoryRepository


class CountingRepository(InMemoryRepository):
    found = 0

    async def find_by_id(self, key: str) -> object:
        entity = await super().find_by_id(key)
        self.found += entity is not None
        return entity


TestCountingRepository = repository_contract(
    CountingRepository
)  # pytest runs its 28 cases

TestCountingRepository().test_what_was_saved_is_found()
