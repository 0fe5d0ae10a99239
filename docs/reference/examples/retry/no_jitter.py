from trio_patterns.retry import RetryPolicy, no_jitter

policy = RetryPolicy(
    on=OSError, attempts=6, base_delay=0.1, max_delay=1.0, jitter=no_jitter
)
assert list(policy.delays()) == [
    0.1,
    0.2,
    0.4,
    0.8,
    1.0,
]  # exact, so a test can compare them
