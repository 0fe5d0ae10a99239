"""The marble notation itself: read, refused, written down again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_patterns.testing.marbles import cells, is_item, parse, render


@pytest.mark.parametrize(
    ("text", "events", "seconds"),
    [
        ("-", [], 1),
        ("a", [(0, "a")], 1),
        ("ab--c|", [(0, "a"), (1, "b"), (4, "c"), (5, "|")], 6),
        ("---b-(c|)", [(3, "b"), (5, "c"), (5, "|")], 6),
        ("(abc)-d#", [(0, "a"), (0, "b"), (0, "c"), (2, "d"), (3, "#")], 4),
        ("(a)(b#)", [(0, "a"), (1, "b"), (1, "#")], 2),
        ("|", [(0, "|")], 1),
        ("-1é?-", [(1, "1"), (2, "é"), (3, "?")], 5),
    ],
)
def test_a_string_says_what_happens_in_which_second(text: str, events: list, seconds: int) -> None:
    marbles = parse(text)
    assert marbles.events == tuple(events)
    assert marbles.seconds == seconds
    assert marbles.text == text


@pytest.mark.parametrize(
    ("text", "ends", "fails"),
    [("ab|", True, False), ("a(b#)", True, True), ("ab", False, False), ("--", False, False)],
)
def test_a_string_may_say_how_it_is_over(text: str, ends: bool, fails: bool) -> None:
    assert parse(text).ends is ends
    assert parse(text).fails is fails


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "of at least one second, got ''"),
        ("a((b))", "'a((b))' has a group inside a group at position 2"),
        ("ab)", "'ab)' has a ')' without its '(' at position 2"),
        ("a|)", "'a|)' has a ')' without its '(' at position 2"),
        ("a-(bc", "'a-(bc' has a '(' without its ')' at position 2"),
        ("a(b|", "'a(b|' has a '(' without its ')' at position 1"),
        ("a()", "'a()' has an empty group at position 1"),
        ("a|b", "'a|b' has 'b' after '|', when all is over, at position 2"),
        ("a#-", "'a#-' has '-' after '#', when all is over, at position 2"),
        ("(a|b)", "'(a|b)' has 'b' after '|', when all is over, at position 3"),
        ("(a|)(b)", "'(a|)(b)' has '(' after '|', when all is over, at position 4"),
        ("||", "'||' has '|' after '|', when all is over, at position 1"),
        ("(a-b)", "'(a-b)' has silence inside a group, which is one second, at position 2"),
        ("a b", "'a b' has white space (silence is '-') at position 1"),
    ],
)
def test_a_bad_string_is_refused_with_the_place_and_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^source must be a marble string.* {re.escape(complaint)}$"):
        parse(text, "source")


def test_what_is_no_string_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected must be a marble string, got 3"):
        parse(3, "expected")  # type: ignore[arg-type]


def test_events_are_written_second_by_second() -> None:
    assert cells([(1, "a"), (1, "b"), (3, "|")]) == ["-", "(ab)", "-", "|"]
    assert cells([(0, "a")], 3) == ["a", "-", "-"]
    assert render([], 0) == ""


@pytest.mark.parametrize("value", ["a", "Z", "7", "é", "?", "\u03bb"])
def test_any_other_character_stands_for_an_item(value: str) -> None:
    assert is_item(value)


@pytest.mark.parametrize("value", [*"-|#()", " ", "\n", "", "ab", 3, None, ["a"]])
def test_signs_white_space_and_other_things_do_not(value: object) -> None:
    assert not is_item(value)


ITEMS = st.characters(codec="utf-8").filter(is_item)
GROUPS = st.lists(ITEMS, min_size=0, max_size=3)


@given(st.lists(GROUPS, min_size=1, max_size=12), st.sampled_from(["", "|", "#"]), st.booleans())
def test_what_is_written_reads_the_same(groups: list[list[str]], end: str, own_second: bool) -> None:
    """`parse` is the inverse of `render`, and the strings that `render` writes stay as they are."""
    if end:
        groups = [*groups, [end]] if own_second else [*groups[:-1], [*groups[-1], end]]
    events = [(second, char) for second, group in enumerate(groups) for char in group]
    marbles = parse(render(events, len(groups)))
    assert marbles.events == tuple(events)
    assert marbles.seconds == len(groups)
    assert render(marbles.events, marbles.seconds) == marbles.text


@given(st.text("ab-|#() ", max_size=8))
def test_every_string_is_read_or_refused(text: str) -> None:
    """Nothing else than a ValueError ever comes of it."""
    try:
        marbles = parse(text)
    except ValueError:
        return
    assert all(0 <= second < marbles.seconds for second, _ in marbles.events)
