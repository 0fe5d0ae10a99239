"""Types that `testing` promises: what goes in and comes out, wrong uses rejected."""

from __future__ import annotations

from typing import assert_type

import trio

from trio_patterns.streams import Stream
from trio_patterns.testing import MarbleFailure, check_marbles


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
