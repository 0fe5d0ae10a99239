from random import Random

from trio_patterns.retry import RetryPolicy, full_jitter

policy = RetryPolicy(on=OSError, base_delay=1.0, jitter=full_jitter, rng=Random(7))

# A thousand clients that failed together come back spread over the whole second.
waits = [next(policy.delays()) for client in range(1000)]
assert all(0.0 <= wait <= 1.0 for wait in waits)
assert 0.45 < sum(waits) / len(waits) < 0.55
