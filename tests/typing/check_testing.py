"""Types that `testing` promises: what goes in and comes out, wrong uses rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_type

import trio

from trio_patterns.backpressure import RateLimiter
from trio_patterns.retry import RetryPolicy
from trio_patterns.streams import Stream
from trio_patterns.testing import (
    Contract,
    MarbleFailure,
    check_marbles,
    limiter_contract,
    rate_limiter_contract,
    repository_contract,
    retry_policy_contract,
    stream_operator_contract,
)
from trio_patterns.traits import InMemoryRepository, open_sql_repository


def doubled(s: Stream[str]) -> Stream[str]:
    return s.map(lambda item: item * 2)


def both(s: Stream[str], t: Stream[int]) -> Stream[tuple[str, int]]:
    return s.zip(t)


def merged(first: Stream[str], *others: Stream[str]) -> Stream[str]:
    return first.merge(*others)


async def check_check_marbles(strings: list[str], failure: MarbleFailure) -> None:
    await check_marbles("a|", doubled, "X|", values={"X": "aa"})
    await check_marbles("a|", lambda s: s.chunks(2), "X|", values={"X": ["a"]})
    await check_marbles(["a|", "1|"], both, "X|", values={"1": 1, "X": ("a", 1)})
    await check_marbles(("a|", "b|"), lambda s, t: s.merge(t), "(ab)|")
    await check_marbles(("a|", "b|", "c|"), lambda s, t, u: s.merge(t, u), "(abc)|")
    await check_marbles(strings, merged, "|")
    await check_marbles("a-", lambda s: s.timeout(1), "a#", error=trio.TooSlowError)
    await check_marbles("#", lambda s: s, "#", error=OSError("no"))
    assert_type(failure.expected, str)
    assert_type(failure.result, str)
    assert_type(failure.second, int)
    await check_marbles("a|", both, "a|")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await check_marbles("a|", lambda s: [s], "a|")  # type: ignore[arg-type, return-value]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await check_marbles(3, doubled, "a|")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await check_marbles("#", doubled, "#", error=KeyboardInterrupt)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]


def pairs(s: Stream[int]) -> Stream[list[int]]:
    return s.chunks(2)


def check_contracts(policy: RetryPolicy) -> None:
    assert_type(repository_contract(InMemoryRepository), type[Contract])
    repository_contract(open_sql_repository, threads=True, max_points=10)
    assert_type(limiter_contract(trio.CapacityLimiter), type[Contract])
    assert_type(rate_limiter_contract(RateLimiter), type[Contract])
    assert_type(retry_policy_contract(policy, error=OSError, other=lambda: ValueError(1)), type[Contract])
    retry_policy_contract(lambda: policy, longest=3)
    assert_type(stream_operator_contract(pairs, item=str, ahead=None), type[Contract])
    assert_type(limiter_contract(trio.CapacityLimiter).cases(), list[Callable[[], None]])
    limiter_contract(trio.Semaphore)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    retry_policy_contract("policy")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stream_operator_contract(lambda s: 3)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]
