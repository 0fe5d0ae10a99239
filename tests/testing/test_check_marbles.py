"""``check_marbles``: what passes, what fails and with which words, and what it refuses."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock

from trio_patterns.streams import Stream, stream
from trio_patterns.testing import MarbleError, MarbleFailure, check_marbles


async def upper_slowly(item: str) -> str:
    await trio.sleep(2)
    return item.upper()


async def failure_of(*args, **how) -> MarbleFailure:
    with pytest.raises(MarbleFailure) as caught:
        await check_marbles(*args, **how)
    return caught.value


@pytest.mark.parametrize(
    "text", ["|", "#", "-", "a", "a-b-", "ab--c|", "(ab)-(c|)", "(#)", "(a#)", "----|", "1-2|", "(abc)(de)f#"]
)
async def test_a_stream_left_alone_is_its_own_source(text: str, autojump_clock) -> None:
    await check_marbles(text, lambda s: s, text)
    await check_marbles([text], lambda s: s, text)


async def test_time_is_counted_from_the_start_of_the_check(autojump_clock) -> None:
    await trio.sleep(0.3)
    start = trio.current_time()
    await check_marbles("ab--c|", lambda s: s.map(str.upper), "AB--C|")
    assert trio.current_time() == start + 5
    await check_marbles("ab--c|", lambda s: s.map(str.upper), "AB--C|")


async def test_an_item_that_is_held_back_comes_as_soon_as_it_can(autojump_clock) -> None:
    await check_marbles("ab---c|", lambda s: s.map(upper_slowly), "--A-B--(C|)")
    await check_marbles("ab|", lambda s: s.map(upper_slowly, limit=2), "--A(B|)")


async def test_several_sources(autojump_clock) -> None:
    await check_marbles(["a--b|", "-c|"], lambda s, t: s.merge(t), "ac-b|")
    await check_marbles(
        ("a--b--|", "-1-2|"), lambda s, t: s.zip(t).map("".join), "-X-Y--|", values={"X": "a1", "Y": "b2"}
    )


async def test_a_source_counts_from_the_start_of_its_own_run(autojump_clock) -> None:
    await check_marbles(["a-|", "-b|"], lambda s, t: s.chain(t), "a--b|")
    await check_marbles("a|", lambda s: s.chain(s).chain(s), "aaa|")


async def test_a_source_that_runs_twice_at_once_is_two_streams(autojump_clock) -> None:
    await check_marbles("ab|", lambda s: s.merge(s), "(aa)(bb)|")


@pytest.mark.parametrize("attempt", range(20))
async def test_of_one_second_the_sources_come_in_the_order_given(attempt: int, autojump_clock) -> None:
    """Not in trio's random one: a group of the first stands before a group of the second."""
    await check_marbles(["(ab)c|", "(xy)z|"], lambda s, t: s.merge(t), "(abxy)(cz)|")
    await check_marbles(["(ab)c|", "(xy)z|"], lambda s, t: t.merge(s), "(abxy)(cz)|")


@pytest.mark.parametrize("attempt", range(20))
async def test_of_one_second_what_falls_due_comes_before_what_arrives(attempt: int, autojump_clock) -> None:
    """A window does not contain the item that comes at its end, and a slow step is done by then."""
    await check_marbles(
        "abcd|", lambda s: s.chunks(9, within=2), "--X-(Y|)", values={"X": ["a", "b"], "Y": ["c", "d"]}
    )
    await check_marbles("a-b-|", lambda s: s.timeout(2), "a-#", error=trio.TooSlowError)
    await check_marbles("a-b-|", lambda s: s.map(upper_slowly, limit=2, ordered=False), "--A-(B|)")


@pytest.mark.parametrize("attempt", range(10))
async def test_an_event_comes_to_rest_before_the_next_of_the_same_second(
    attempt: int, autojump_clock
) -> None:
    """A consumer that does not tarry loses nothing of a group."""
    await check_marbles("(abc)-(d|)", lambda s: s.buffer(1, "drop_oldest"), "(abc)-(d|)")


async def test_values_stand_for_characters_on_both_sides(autojump_clock) -> None:
    values = {"1": 1, "2": 2, "3": 3, "S": [1, 2], "T": [3]}
    await check_marbles("12-3|", lambda s: s.chunks(2), "-S--(T|)", values=values)
    await check_marbles("12|", lambda s: s.map(lambda n: n + 1), "23|", values=values)
    await check_marbles("12|", lambda s: s.map(type), "TT|", values={"T": str})


async def test_values_that_are_equal_may_have_two_characters(autojump_clock) -> None:
    await check_marbles("ab|", lambda s: s, "ba|", values={"a": 1, "b": 1})


async def test_a_string_without_an_end_says_that_nothing_more_happens(autojump_clock) -> None:
    start = trio.current_time()
    await check_marbles("a-b-", lambda s: s, "a-b-")
    assert trio.current_time() == start + 4 + 4 + 10 + 0.5
    failure = await failure_of("a-b|", lambda s: s, "a-b-")
    assert failure.result == "a-b|"
    assert str(failure).endswith("second 3: expected nothing, got the end")
    failure = await failure_of("a-b", lambda s: s, "a-")
    assert (failure.result, failure.second) == ("a-b", 2)


async def test_a_stream_that_does_not_end_is_stopped(autojump_clock) -> None:
    failure = await failure_of("a-b-", lambda s: s, "a-b-|")
    assert (failure.result, failure.second) == ("a-b--", 4)
    assert str(failure).endswith(
        "second 4: expected the end, got nothing\nit had not ended when it was stopped, after 19 seconds"
    )


async def test_a_stream_that_emits_for_ever_without_time_passing_is_stopped(autojump_clock) -> None:
    failure = await failure_of("a", lambda s: stream(itertools.repeat("x")), "x|")
    assert failure.second == 0
    assert trio.current_time() == 0


async def test_the_failure_of_a_source_must_come_out_itself(autojump_clock) -> None:
    await check_marbles("a#", lambda s: s, "a#")
    await check_marbles(["a#", "--|"], lambda s, t: s.merge(t), "a#")
    failure = await failure_of("a#", lambda s: s.timeout(0.5), "a#")
    assert isinstance(failure.__cause__, trio.TooSlowError)
    # At the right time, but another one.
    failure = await failure_of("a#", lambda s: s.timeout(1), "a#")
    assert "second 1: expected MarbleError(" in str(failure)
    assert "got TooSlowError('no item within 1 seconds')" in str(failure)


async def test_if_no_source_fails_any_exception_is_a_failure(autojump_clock) -> None:
    await check_marbles("a----", lambda s: s.timeout(2), "a-#")
    await check_marbles("a1|", lambda s: s.map({"a": "A"}.__getitem__), "A#")
    failure = await failure_of("a---|", lambda s: s, "a-#")
    assert "second 2: expected Exception, got nothing" in str(failure)


async def test_an_exception_given_as_error_is_raised_and_expected_itself(autojump_clock) -> None:
    broken = OSError("broken")
    await check_marbles("a#", lambda s: s, "a#", error=broken)
    failure = await failure_of("a|", lambda s: s.chain(failing(OSError("broken"))), "a#", error=broken)
    assert str(failure).endswith("second 1: expected OSError('broken'), got OSError('broken')")


def failing(exc: Exception) -> Stream[str]:
    async def source() -> AsyncIterator[str]:
        raise exc
        yield ""

    return stream(source)


async def test_a_type_given_as_error_is_raised_and_expected_as_such(autojump_clock) -> None:
    await check_marbles("a#", lambda s: s, "a#", error=OSError)
    await check_marbles("a---", lambda s: s.timeout(2), "a-#", error=trio.TooSlowError)
    await check_marbles("a|", lambda s: s.chain(failing(FileNotFoundError())), "a#", error=OSError)
    failure = await failure_of("a|", lambda s: s.chain(failing(ValueError("no"))), "a#", error=OSError)
    assert str(failure).endswith("second 1: expected OSError, got ValueError('no')")
    assert isinstance(failure.__cause__, ValueError)


async def test_outcomes_show_what_a_source_raises(autojump_clock) -> None:
    seen: list[object] = []
    await check_marbles("a#", lambda s: s.outcomes().map(lambda o: seen.append(o) or "x"), "x(x|)")
    assert isinstance(seen[1].error, MarbleError)  # type: ignore[attr-defined]


async def test_the_message_shows_both_strings_aligned_and_marks_the_second(autojump_clock) -> None:
    """Groups are as wide as they are; the same second stands below the same second."""
    failure = await failure_of(["(ab)c---|", "--x"], lambda s, t: s.merge(t), "(ab)cx(yz)|")
    assert str(failure).splitlines() == [
        "the stream does something else from second 3 on",
        "",
        "  source 1  (ab)c--   -|",
        "  source 2  -   -x",
        "  expected  (ab)cx(yz)|",
        "  result    (ab)cx-   -",
        "                  ^",
        "",
        "second 3: expected 'y' 'z', got nothing",
        "second 4: expected the end, got nothing",
        "it had not ended when it was stopped, after 24 seconds",
    ]
    assert (failure.expected, failure.result, failure.second) == ("(ab)cx(yz)|", "(ab)cx--", 3)


async def test_the_order_within_a_second_counts(autojump_clock) -> None:
    failure = await failure_of("(ab)|", lambda s: s, "(ba)|")
    assert str(failure).endswith("second 0: expected 'b' 'a', got 'a' 'b'")


async def test_a_time_that_is_no_whole_second_is_told(autojump_clock) -> None:
    async def half(item: str) -> str:
        await trio.sleep(0.5)
        return item

    failure = await failure_of("a|", lambda s: s.map(half), "a|")
    assert failure.result == "a|"
    assert str(failure).endswith("second 0: expected 'a', got 'a' (at 0.5 s)")


async def test_sums_of_floats_that_miss_a_whole_second_are_that_second(autojump_clock) -> None:
    async def a_second(item: str) -> str:
        for _ in range(10):
            await trio.sleep(0.1)
        return item

    await check_marbles("a--|", lambda s: s.map(a_second), "-a-|")


async def test_an_item_without_a_character_is_shown_as_it_is(autojump_clock) -> None:
    failure = await failure_of("1-|", lambda s: s.map(int), "1-|")
    assert failure.result == "?-|"
    assert str(failure).endswith("second 0: expected '1', got 1")
    failure = await failure_of("ab|", lambda s: s.chunks(2), "-Y|", values={"X": ["a", "b"], "Y": ["a"]})
    assert failure.result == "-X|"
    assert "second 1: expected Y=['a'], got X=['a', 'b']" in str(failure)


async def test_a_character_with_a_value_does_not_stand_for_itself(autojump_clock) -> None:
    failure = await failure_of("a|", lambda s: s.map(lambda _: "b"), "b|", values={"b": 2})
    assert failure.result == "?|"


async def test_the_message_stays_short(autojump_clock) -> None:
    failure = await failure_of("abcdefghijkl|", lambda s: s.map(str.upper), "abcdefghijkl|")
    lines = str(failure).splitlines()
    assert len([line for line in lines if line.startswith("second ")]) == 8
    assert lines[-1] == "... and 4 more seconds"


async def test_the_mark_stands_right_below_ten_sources(autojump_clock) -> None:
    failure = await failure_of(["ab|"] * 10, lambda *s: s[0], "ax|")
    lines = str(failure).splitlines()
    (expected,) = [line for line in lines if line.startswith("  expected")]
    (mark,) = [line for line in lines if line.strip() == "^"]
    assert mark.index("^") == expected.index("ax|") + 1
    assert {line.index("ab|") for line in lines[2:12]} == {expected.index("ax|")}


async def test_a_cancellation_passes_and_the_sources_are_closed(autojump_clock) -> None:
    closed = []

    async def watched(item: str) -> str:
        try:
            await trio.sleep_forever()
        finally:
            closed.append(trio.current_time())
        return item

    with trio.move_on_after(2) as scope:
        await check_marbles("a----|", lambda s: s.map(watched), "a|")
    assert scope.cancelled_caught
    assert closed == [2.0]


async def test_nothing_runs_on_after_a_check(autojump_clock) -> None:
    async with trio.open_nursery() as nursery:
        await check_marbles(["a-b-", "-c-d"], lambda s, t: s.merge(t), "acbd")
        assert not nursery.child_tasks


async def test_what_build_raises_leaves_as_itself(autojump_clock) -> None:
    with pytest.raises(ZeroDivisionError):
        await check_marbles("a|", lambda s: 1 / 0, "a|")  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("args", "how", "kind", "complaint"),
    [
        (("", lambda s: s, "|"), {}, ValueError, "source must be a marble string of at least"),
        (("a|", lambda s: s, "|a"), {}, ValueError, "expected must be a marble string, but '|a' has"),
        ((["a|", "b|b"], lambda s, t: s, "|"), {}, ValueError, r"source\[1\] must be a marble string"),
        (([], lambda: None, "|"), {}, ValueError, r"source must have at least one marble string, got \[\]"),
        ((3, lambda s: s, "|"), {}, TypeError, "source must be a marble string or a sequence of them, got 3"),
        (([3], lambda s: s, "|"), {}, TypeError, r"source\[0\] must be a marble string, got 3"),
        (("a|", "b|", "|"), {}, TypeError, "build must be a plain .* function, got 'b|'"),
        (("a|", upper_slowly, "|"), {}, TypeError, "build must be a plain .* function, got the async"),
        (("a|", lambda s: "x", "|"), {}, TypeError, "build must return a Stream, but .* returned 'x'"),
        (("a|", lambda s: s, None), {}, TypeError, "expected must be a marble string, got None"),
        (("a|", lambda s: s, "a|"), {"values": ["a"]}, TypeError, r"values must be a mapping .* got \['a'\]"),
        (("a|", lambda s: s, "a|"), {"values": {"|": 1}}, ValueError, r"values must have .* got '\|'"),
        (("a|", lambda s: s, "a|"), {"values": {1: 1}}, ValueError, "values must have .* got 1"),
        (
            ("a|", lambda s: s, "a|"),
            {"error": "x"},
            TypeError,
            "error must be an exception, a type .* got 'x'",
        ),
        (
            ("a|", lambda s: s, "a|"),
            {"error": KeyboardInterrupt},
            TypeError,
            "error must be .* got <class 'KeyboardInterrupt'>",
        ),
    ],
)
async def test_bad_arguments_are_named(args, how, kind, complaint: str, autojump_clock) -> None:
    with pytest.raises(kind, match=complaint):
        await check_marbles(*args, **how)
    assert trio.current_time() == 0


@pytest.mark.parametrize("clock", [None, MockClock(), MockClock(rate=1.0, autojump_threshold=0)])
def test_real_time_is_refused(clock: MockClock | None) -> None:
    """With a clock that stands still the check would hang, and one that runs gives no exact times."""
    with pytest.raises(RuntimeError, match=r"needs virtual time that jumps.*autojump_clock"):
        trio.run(check_marbles, "a|", lambda s: s, "a|", clock=clock)
