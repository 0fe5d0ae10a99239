from trio_patterns.retry import RetryPolicy
from trio_patterns.testing import retry_policy_contract


def is_temporary(error: Exception) -> bool:
    return isinstance(error, OSError) and "busy" in str(error)


TestMyPolicy = retry_policy_contract(  # pytest runs its cases
    RetryPolicy(on=is_temporary, attempts=3),
    error=lambda: OSError("busy"),
    other=lambda: OSError("disk full"),
)

TestMyPolicy().test_another_error_is_raised_at_once()
