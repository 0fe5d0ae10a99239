import hashlib

import trio

from trio_patterns.spawning import offload


def checksum(data: bytes) -> str:  # plain and slow: it would block every other task
    return hashlib.sha256(data).hexdigest()


async def main() -> None:
    two_at_a_time = trio.CapacityLimiter(2)
    digest = await offload(checksum, b"a big file", limiter=two_at_a_time)
    assert len(digest) == 64


# ---
trio.run(main)  # REAL_TIME: a thread
