from random import Random

from trio_patterns.retry import RetryPolicy, full_jitter

# A thousand clients that failed together: their second calls are spread over the whole second.
waits = [
    next(
        RetryPolicy(
            on=OSError, base_delay=1.0, jitter=full_jitter, rng=Random(client)
        ).delays()
    )
    for client in range(1000)
]
assert all(0.0 <= wait <= 1.0 for wait in waits)
assert 0.45 < sum(waits) / len(waits) < 0.55
