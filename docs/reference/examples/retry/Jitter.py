from random import Random

from trio_patterns.retry import Backoff, Jitter, RetryPolicy


def give_or_take_a_tenth(backoff: Backoff) -> float:
    return backoff.delay * backoff.rng.uniform(0.9, 1.1)


jitter: Jitter = give_or_take_a_tenth
policy = RetryPolicy(
    on=OSError, attempts=4, base_delay=1.0, jitter=jitter, rng=Random(1)
)
for delay, computed in zip(policy.delays(), [1.0, 2.0, 4.0], strict=True):
    assert 0.9 * computed <= delay <= 1.1 * computed
