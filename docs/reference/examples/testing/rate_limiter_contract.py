from trio_patterns.backpressure import RateLimiter
from trio_patterns.testing import rate_limiter_contract


def per_minute(rate: float, burst: int) -> RateLimiter:
    return RateLimiter(60 * rate, per=60.0, burst=burst)


TestPerMinute = rate_limiter_contract(per_minute)  # pytest runs its 10 cases

TestPerMinute().test_a_burst_passes_at_once_and_then_one_at_a_time()
