from trio_patterns.retry import RetryPolicy, no_jitter

policy = RetryPolicy(
    on=(ConnectionError, TimeoutError),
    attempts=6,
    base_delay=0.5,
    max_delay=5.0,
    jitter=no_jitter,
)
assert list(policy.delays()) == [0.5, 1.0, 2.0, 4.0, 5.0]

patient = policy.with_(attempts=3, multiplier=1.0)
assert list(patient.delays()) == [0.5, 0.5]
