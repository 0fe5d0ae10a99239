"""Argument checks name the argument and the value, and say what would be right."""

from __future__ import annotations

import math
from functools import partial

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns._core.arguments import (
    check_async_fn,
    check_awaitable,
    check_choice,
    check_fn,
    check_int,
    check_limit,
    check_number,
    check_seconds,
    check_sync_fn,
)


async def an_async_function(*args: object) -> None:
    pass  # pragma: no cover


def a_plain_function(*args: object) -> None:
    pass  # pragma: no cover


async def an_async_generator_function():
    yield 1  # pragma: no cover


def a_generator_function():
    yield 1  # pragma: no cover


class Methods:
    async def method(self) -> None:
        pass  # pragma: no cover


# Numbers


@pytest.mark.parametrize("value", [1, 2, 10**20])
def test_check_int_returns_the_value(value):
    assert check_int("workers", value, minimum=1) == value


@pytest.mark.parametrize("value", [0, -1])
def test_check_int_refuses_small_values(value):
    with pytest.raises(ValueError, match=rf"^workers must be an int >= 1, got {value}$"):
        check_int("workers", value, minimum=1)


@pytest.mark.parametrize("value", [1.0, "1", None, True])
def test_check_int_refuses_other_types(value):
    with pytest.raises(TypeError, match=rf"^workers must be an int >= 1, got {value!r}$"):
        check_int("workers", value, minimum=1)


def test_check_number_returns_a_float():
    assert check_number("rate", 3, minimum=0.0) == 3.0
    assert isinstance(check_number("rate", 3), float)
    assert check_number("rate", math.inf, finite=False) == math.inf


@pytest.mark.parametrize(
    ("value", "above", "finite", "wanted"),
    [
        (-1, False, True, ">= 0 and finite"),
        (0, True, True, "> 0 and finite"),
        (math.inf, False, True, ">= 0 and finite"),
        (math.nan, False, True, ">= 0 and finite"),
        (math.nan, False, False, ">= 0"),
        (-math.inf, True, False, "> 0"),
    ],
)
def test_check_number_refuses_what_is_out_of_range(value, above, finite, wanted):
    with pytest.raises(ValueError, match=rf"^rate must be a number {wanted}, got {value!r}$"):
        check_number("rate", value, above=above, finite=finite)


@pytest.mark.parametrize("value", ["1", None, False, 1j])
def test_check_number_refuses_other_types(value):
    with pytest.raises(TypeError, match=r"^rate must be a number >= 0 and finite, got "):
        check_number("rate", value)


def test_check_seconds_says_seconds():
    assert check_seconds("delay", 1) == 1.0
    with pytest.raises(ValueError, match=r"^delay must be a number of seconds > 0.5 and finite, got 0\.5$"):
        check_seconds("delay", 0.5, minimum=0.5, above=True)


@given(st.one_of(st.integers(), st.floats()), st.floats(-10, 10), st.booleans(), st.booleans())
def test_check_number_accepts_exactly_what_is_in_range(value, minimum, above, finite):
    right = (value > minimum if above else value >= minimum) and (
        not finite or isinstance(value, int) or math.isfinite(value)
    )
    if abs(value) > 1e300 and isinstance(value, int):
        return  # no float holds it
    try:
        assert check_number("n", value, minimum=minimum, above=above, finite=finite) == float(value)
    except ValueError:
        assert not right
    else:
        assert right


# Choices and limits


def test_check_choice():
    assert check_choice("on_error", "raise", ("raise", "collect")) == "raise"
    with pytest.raises(ValueError, match=r"^on_error must be 'raise' or 'collect', got 'ignore'$"):
        check_choice("on_error", "ignore", ("raise", "collect"))


def test_check_limit_takes_an_int_or_a_limiter():
    limiter = trio.CapacityLimiter(3)
    assert check_limit("limit", 3) == 3
    assert check_limit("limit", limiter) is limiter


@pytest.mark.parametrize("value", [0, -3])
def test_check_limit_refuses_small_values(value):
    with pytest.raises(
        ValueError, match=rf"^limit must be an int >= 1 or a trio\.CapacityLimiter, got {value}$"
    ):
        check_limit("limit", value)


@pytest.mark.parametrize("value", [True, 1.5, None, "3", trio.CapacityLimiter, object()])
def test_check_limit_refuses_other_types(value):
    with pytest.raises(TypeError, match=r"^limit must be an int >= 1 or a trio\.CapacityLimiter, got "):
        check_limit("limit", value)


# Functions


@pytest.mark.parametrize(
    "fn",
    [an_async_function, Methods().method, partial(an_async_function, 1), lambda: an_async_function(), print],
)
def test_check_async_fn_accepts_what_may_be_async(fn):
    check_async_fn("fn", fn)


@pytest.mark.parametrize("fn", [an_async_function, a_plain_function, partial(a_plain_function, 1), print])
def test_check_fn_accepts_both_kinds(fn):
    check_fn("fn", fn)


@pytest.mark.parametrize("fn", [a_plain_function, partial(a_plain_function, 1), print, len, int])
def test_check_sync_fn_accepts_plain_functions(fn):
    check_sync_fn("fn", fn)


@pytest.mark.parametrize("check", [check_async_fn, check_fn, check_sync_fn])
def test_a_coroutine_object_is_refused_with_what_to_write_instead(check):
    """And it is closed: a second report, that it was never awaited, would hide the first."""
    with pytest.raises(TypeError) as info:
        check("fn", an_async_function())
    assert str(info.value).endswith(
        "got the coroutine object 'an_async_function': pass the function and its arguments apart, "
        "`an_async_function, ...`, not the call `an_async_function(...)`"
    )
    assert str(info.value).startswith("fn must be a")


@pytest.mark.parametrize("check", [check_async_fn, check_fn, check_sync_fn])
def test_an_awaitable_object_is_refused(check):
    class Awaitable:
        def __await__(self):
            raise NotImplementedError  # pragma: no cover

    with pytest.raises(TypeError, match="got the coroutine object 'Awaitable'"):
        check("fn", Awaitable())


@pytest.mark.parametrize("check", [check_async_fn, check_fn, check_sync_fn])
@pytest.mark.parametrize("make", [an_async_generator_function, a_generator_function])
def test_generator_objects_are_refused(check, make):
    with pytest.raises(TypeError, match="got the generator object"):
        check("fn", make())


@pytest.mark.parametrize("check", [check_async_fn, check_fn, check_sync_fn])
@pytest.mark.parametrize("value", [None, 3, "fn"])
def test_what_can_not_be_called_is_refused(check, value):
    with pytest.raises(TypeError, match=rf"^fn must be an? .*function.*, got {value!r}$"):
        check("fn", value)


@pytest.mark.parametrize(
    "fn",
    [an_async_generator_function, partial(partial(an_async_generator_function))],
    ids=["plain", "partial"],
)
def test_check_async_fn_refuses_async_generator_functions(fn):
    with pytest.raises(TypeError, match=r"^fn must be an async function, got the async generator function"):
        check_async_fn("fn", fn)


@pytest.mark.parametrize(
    "fn",
    [
        an_async_function,
        an_async_generator_function,
        Methods().method,
        partial(partial(an_async_function), 1),
        partial(Methods().method),
    ],
    ids=["function", "generator", "method", "partial", "partial of a method"],
)
def test_check_sync_fn_refuses_async_functions(fn):
    with pytest.raises(TypeError, match=r"got the async function .*: await it directly$"):
        check_sync_fn("fn", fn)


def test_check_awaitable():
    coroutine = an_async_function()
    assert check_awaitable("fn", an_async_function, coroutine) is coroutine
    coroutine.close()
    with pytest.raises(TypeError, match=r"^fn must be .* returned 3, which can't be awaited$"):
        check_awaitable("fn", a_plain_function, 3)
