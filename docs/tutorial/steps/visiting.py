"""Chapters 1 to 5 in one function: a page, or the reason why there is none."""

import trio
from trio_patterns.backpressure import RateLimiter
from trio_patterns.retry import retry

from ch5_rate import POLICY, BusyError, ask
from small_store import Page
from small_web import Web

__all__ = ["visit"]


async def visit(web: Web, rate: RateLimiter, url: str) -> Page:
    try:
        answer = await retry(ask, web, rate, url, policy=POLICY)
    except trio.TooSlowError:
        return Page(url, "broken: no answer within 2 s")
    except (ConnectionError, BusyError) as error:
        return Page(url, f"broken: {error}")
    if answer.status != 200:
        return Page(url, f"broken: status {answer.status}")
    return Page(url, "ok", " ".join(answer.links))
