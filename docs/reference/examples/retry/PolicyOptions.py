from trio_patterns.retry import PolicyOptions, RetryPolicy

POLICY = RetryPolicy(on=ConnectionError, attempts=4)


def for_service(name: str) -> RetryPolicy:
    settings: dict[str, PolicyOptions] = {
        "search": {"attempts": 2, "attempt_timeout": 0.5},
        "invoices": {"attempts": 8, "max_delay": 60.0},
    }
    return POLICY.with_(**settings.get(name, {}))


assert for_service("search").attempts == 2
assert for_service("invoices").on is ConnectionError  # the rest is as in POLICY
assert for_service("mail") == POLICY
