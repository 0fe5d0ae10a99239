from random import Random

from trio_patterns.retry import RetryPolicy, decorrelated_jitter

policy = RetryPolicy(
    on=OSError,
    attempts=50,
    base_delay=1.0,
    max_delay=20.0,
    jitter=decorrelated_jitter,
    rng=Random(7),
)
previous = 1.0
for delay in policy.delays():
    assert 1.0 <= delay <= min(20.0, 3 * previous)  # it depends on the delay before
    previous = delay
