import trio

from trio_patterns.testing import Contract, limiter_contract

# In a test module: pytest runs its 18 cases.
TestTrioLimiter: type[Contract] = limiter_contract(trio.CapacityLimiter)

# Without pytest, or to run one of them alone:
TestTrioLimiter().test_first_come_first_served()
assert len(TestTrioLimiter.cases()) == 18
assert TestTrioLimiter.cases()[0].__name__ == "test_it_has_the_three_methods"
