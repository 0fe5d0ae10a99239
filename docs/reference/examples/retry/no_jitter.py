from trio_patterns.retry import RetryPolicy, no_jitter

policy = RetryPolicy(on=OSError, attempts=6, max_delay=1.0, jitter=no_jitter)
# Exact, so a test can compare them.
assert list(policy.delays()) == [0.1, 0.2, 0.4, 0.8, 1.0]
