from random import Random

from trio_patterns.retry import RetryPolicy, equal_jitter

policy = RetryPolicy(on=OSError, base_delay=1.0, jitter=equal_jitter, rng=Random(7))
for delay, computed in zip(policy.delays(), [1.0, 2.0, 4.0, 8.0], strict=True):
    assert computed / 2 <= delay <= computed  # half of it is certain
