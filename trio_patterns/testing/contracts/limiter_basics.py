"""The cases of `limiter_contract` that one task can see: how many tokens there are, and who may hold one."""

from __future__ import annotations

import trio

from ..._core.limiter import Limiter
from .base import check_checkpoint, ensure, raising
from .limiter_cases import LimiterCases, free_tokens

__all__ = ["TakingTokens"]


class TakingTokens(LimiterCases):
    """Take a token, give it back."""

    def test_it_has_the_three_methods(self) -> None:
        """So that ``limit=`` accepts it."""

        async def case() -> None:  # noqa: ASYNC124 - a run of trio is needed
            made = self.factory(1)
            ensure(
                isinstance(made, Limiter),
                "a limiter has acquire_on_behalf_of, acquire_on_behalf_of_nowait and release_on_behalf_of",
                repr(made),
            )

        self._run(case)

    def test_it_has_as_many_tokens_as_it_was_made_with(self) -> None:
        """``acquire_on_behalf_of_nowait`` takes each without waiting, and then raises `trio.WouldBlock`."""

        async def case() -> None:  # noqa: ASYNC124 - a run of trio is needed
            for total in (1, 2, 10):
                found = free_tokens(self.factory(total), most=total + 1)
                ensure(found == total, f"a limiter of {total} has {total} tokens, not {found}")

        self._run(case)

    def test_a_token_comes_back(self) -> None:
        """After ``release_on_behalf_of`` somebody else may have it, also if another task gives it back."""

        async def case() -> None:
            limiter = self.factory(1)
            borrower = object()
            for _ in range(3):
                await limiter.acquire_on_behalf_of(borrower)
                async with trio.open_nursery() as nursery:

                    async def give_back() -> None:  # noqa: ASYNC124 - a run of trio is needed
                        limiter.release_on_behalf_of(borrower)

                    nursery.start_soon(give_back)
                found = free_tokens(limiter, most=2)
                ensure(found == 1, "a token that was given back can be taken again", f"{found} can")

        self._run(case)

    def test_acquiring_is_a_checkpoint_even_if_a_token_is_free(self) -> None:
        """So a loop that always gets one at once starves nobody."""

        async def case() -> None:
            limiter = self.factory(1)
            await check_checkpoint(
                "acquire_on_behalf_of", lambda: limiter.acquire_on_behalf_of("the borrower")
            )

        self._run(case)

    def test_a_call_cancelled_before_it_begins_takes_no_token(self) -> None:
        """And the cancellation goes on."""

        async def case() -> None:
            limiter = self.factory(1)
            with trio.CancelScope() as scope:
                scope.cancel(reason="before the call")
                await limiter.acquire_on_behalf_of("the borrower")
            ensure(scope.cancelled_caught, "acquire_on_behalf_of looks for a cancellation when it begins")
            ensure(free_tokens(limiter, most=1) == 1, "a call cancelled before it begins takes no token")

        self._run(case)

    def test_one_borrower_holds_one_token(self) -> None:
        """Asking for a second one is a ``RuntimeError``, whether or not one is free; it costs nothing."""

        async def case() -> None:
            promise = "a borrower that holds a token gets a RuntimeError when it asks for another"
            limiter = self.factory(2)
            await limiter.acquire_on_behalf_of("the borrower")
            with raising(RuntimeError, promise):
                limiter.acquire_on_behalf_of_nowait("the borrower")
            with raising(RuntimeError, promise):
                await limiter.acquire_on_behalf_of("the borrower")
            limiter.release_on_behalf_of("the borrower")
            ensure(free_tokens(limiter, most=3) == 2, "a refused request takes no token")

        self._run(case)

    def test_what_was_not_taken_can_not_be_given_back(self) -> None:
        """It is a ``RuntimeError``, the second time too; otherwise there would be a token too many."""

        async def case() -> None:  # noqa: ASYNC124 - a run of trio is needed
            promise = "giving back a token that one does not hold is a RuntimeError"
            limiter = self.factory(1)
            with raising(RuntimeError, promise):
                limiter.release_on_behalf_of("a stranger")
            limiter.acquire_on_behalf_of_nowait("the borrower")
            with raising(RuntimeError, promise):
                limiter.release_on_behalf_of("a stranger")
            limiter.release_on_behalf_of("the borrower")
            with raising(RuntimeError, promise):
                limiter.release_on_behalf_of("the borrower")
            ensure(free_tokens(limiter, most=2) == 1, "a refused release makes no token")

        self._run(case)
