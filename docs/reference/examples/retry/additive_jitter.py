from random import Random

from trio_patterns.retry import RetryPolicy, additive_jitter

# Every ten seconds and never sooner, but not all at once.
policy = RetryPolicy(
    on=OSError,
    base_delay=10.0,
    multiplier=1.0,
    jitter=additive_jitter(0.5),
    rng=Random(7),
)
delays = list(policy.delays())
assert all(10.0 <= delay <= 10.5 for delay in delays)
assert len(set(delays)) == 4
