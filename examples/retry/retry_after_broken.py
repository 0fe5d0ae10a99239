"""Retry-After, the naive way: take the header at its word.

An overloaded server sends the header in all the forms that are met in practice, nonsense included. The
visitor who waits for the page leaves after five seconds.

Notice: of eight answers one leads to the page; one visitor leaves, and six errors hide the 429.
Run: python -m examples retry_after_broken
Page: docs/patterns/retry/retry-after.md
"""

from __future__ import annotations

import trio

HEADERS = [
    "1",
    "Thu, 01 Jan 2026 00:00:03 GMT",
    "3600",
    None,
    "-5",
    "soon",
    "Wed, 31 Dec 2025 00:00:00 GMT",
    "nan",
]


class TooManyRequestsError(Exception):
    """Status 429, with its Retry-After header if there was one."""

    def __init__(self, header: str | None) -> None:
        super().__init__(f"429, Retry-After: {header}")
        self.header = header


async def request(headers: list[str | None]) -> str:
    await trio.lowlevel.checkpoint()
    if headers:
        raise TooManyRequestsError(headers.pop(0))
    return "200"


async def get(headers: list[str | None]) -> str:
    try:
        return await request(headers)
    except TooManyRequestsError as error:
        await trio.sleep(float(error.header))  # type: ignore[arg-type]  # BUG: whatever it says
        return await request(headers)


async def main() -> None:
    for header in HEADERS:
        start = trio.current_time()
        answer = "the visitor has left"
        try:
            with trio.move_on_after(5):
                answer = await get([header])
        except Exception as error:
            answer = type(error).__name__
        print(f"Retry-After: {header} -> after {trio.current_time() - start:.1f} s: {answer}")


if __name__ == "__main__":
    trio.run(main)
