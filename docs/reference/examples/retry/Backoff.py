from trio_patterns.retry import Backoff, RetryPolicy

seen = []


def linear(backoff: Backoff) -> float:
    seen.append((backoff.number, backoff.delay, backoff.previous))
    return min(backoff.max_delay, backoff.base_delay * backoff.number)


policy = RetryPolicy(
    on=OSError, attempts=5, base_delay=1.0, max_delay=3.0, jitter=linear
)
assert list(policy.delays()) == [1.0, 2.0, 3.0, 3.0]
assert seen == [(1, 1.0, 1.0), (2, 2.0, 1.0), (3, 3.0, 2.0), (4, 3.0, 3.0)]
