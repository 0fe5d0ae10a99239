"""Contract suites: what an implementation must promise, as tests to run against yours."""

from __future__ import annotations

from .base import Contract
from .limiter import limiter_contract
from .rate_limiter import rate_limiter_contract
from .repository import repository_contract
from .retry_policy import retry_policy_contract
from .stream_operator import stream_operator_contract

__all__ = [
    "Contract",
    "repository_contract",
    "limiter_contract",
    "rate_limiter_contract",
    "retry_policy_contract",
    "stream_operator_contract",
]
