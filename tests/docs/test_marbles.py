"""The marble diagrams of the documentation are true, and show what they are meant to show."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import trio
from trio.testing import MockClock

from trio_patterns.testing import MarbleFailure

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

# As `docs/conf.py` does: the two modules import neither Sphinx nor docutils.
sys.path.insert(0, str(DOCS / "_ext"))
import marble_svg  # noqa: E402
from marble_block import Found, check_block, find_blocks, read_block  # noqa: E402

PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts]
BLOCKS = [
    pytest.param(path, found, id=f"{path.relative_to(ROOT).as_posix()}:{found.line}")
    for path in PAGES
    for found in find_blocks(path.read_text(encoding="utf-8"))
]

BATCHES = """
s: ab-c|
=: -X--(Y|)
where join = lambda items: "".join(items)
where X = ["a", "b"]
where Y = ["c"]
"""


def run(expression: str, body: str) -> None:
    trio.run(check_block, read_block(expression, body), clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize(("path", "found"), BLOCKS)
def test_a_picture_shows_what_happens(path: Path, found: Found) -> None:
    """Five times, because trio's task order differs from run to run and a picture must not."""
    where = f"{path.relative_to(ROOT).as_posix()}:{found.line}: {found.expression}"
    trouble = ""
    for _ in range(5):
        try:
            run(found.expression, found.body)
        except (MarbleFailure, ValueError) as exc:
            trouble = str(exc)
    if trouble:
        pytest.fail(f"{where}\n{trouble}", pytrace=False)


@pytest.mark.timeout(300)
def test_every_block_is_drawn_and_every_drawing_is_tested(site) -> None:
    """The pages as Sphinx reads them have as many diagrams as the test above finds blocks."""
    for path in PAGES:
        html = (site.html / path.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
        blocks = list(find_blocks(path.read_text(encoding="utf-8")))
        assert html.count('<svg class="marbles"') == len(blocks), path.name


def test_a_picture_that_is_not_true_is_found() -> None:
    """The check itself works."""
    run("s.chunks(2)", BATCHES)
    with pytest.raises(MarbleFailure):
        run("s.chunks(3)", BATCHES)


@pytest.mark.parametrize(
    ("expression", "body"),
    [
        ("s.map(join)", "s: XY|\n=: ab|\nwhere X = ['a']\nwhere Y = ['b']\nwhere join = ''.join"),
        ("s.map(f)", "s: ab|\n=: AB|\nwhere f = lambda x: x.upper()"),
        ("s.map(lambda n: n * k)", "s: 123|\n=: 369|\nwhere digits = int\nwhere k = 3"),
        ("s.zip(t)", "s: a-|\nt: 1|\n=: X-|\nwhere 1 = 1\nwhere X = ('a', 1)"),
        ("s.timeout(2)", "s: a\n=: a-#\nwhere # = trio.TooSlowError"),
        ("s.map(slow(n))", "s: ab|\n=: --a-(b|)\nwhere n = 2"),
        ("first.chain(Stream.of('z'))", "first: a#\n=: a#"),
    ],
)
def test_where_gives_names_and_values(expression: str, body: str) -> None:
    run(expression, body)


@pytest.mark.parametrize(
    ("expression", "body", "complaint"),
    [
        ("", "s: a|\n=: a|", "the expression is missing"),
        ("s", "s: a|", "one for the result"),
        ("s", "=: a|", "a line for each source"),
        ("s", "s: a|\ns: b|\n=: a|", "'s' has two lines"),
        ("s", "=: a|\ns: a|", "'s: a|' stands behind the result"),
        ("s", "s: a|b\n=: a|", "'s' must be a marble string, but 'a|b' has 'b' after '|'"),
        ("s", "s a|\n=: a|", "'s a|' must be `name: marbles`"),
        ("s", "s: a|\n=: a|\nwhere x", "'where x' must be `where name = value`"),
        ("s", "s: a|\n=: a|\nwhere x = 1 +", "`where x = 1 +` fails: SyntaxError"),
        ("s", "s: a|\n=: a|\nwhere x.y = 1", "`where x.y = 1` must name one character"),
    ],
)
def test_a_bad_block_says_what_is_wrong(expression: str, body: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_block(expression, body)
    assert complaint in str(caught.value)


def test_blocks_are_found_where_sphinx_would_draw_them() -> None:
    page = """\
```{marble} one
1
```
````md
```{marble} not_this
```
````
::::{tab-set}
:::{tab-item} x
```{marble} two
2
2
```
:::
::::
````{note}
```
```{marble} nor_this
```
```{code-block} md
:::{marble} nor_that
```
  ```{marble}  three
  3
  ```
````
:::{marble} four
:::
"""
    found = list(find_blocks(page))
    assert [(block.line, block.expression) for block in found] == [
        (1, "one"),
        (10, "two"),
        (23, "three"),
        (27, "four"),
    ]
    assert [block.body.split() for block in found] == [["1"], ["2", "2"], ["3"], []]


def svg(expression: str, body: str) -> ElementTree.Element:
    return ElementTree.fromstring(marble_svg.draw(read_block(expression, body)))


def texts(picture: ElementTree.Element, kind: str) -> list[str]:
    return [text.text or "" for text in picture.iter("text") if text.get("class") == kind]


def test_a_picture_says_in_words_what_it_shows() -> None:
    assert svg("s.chunks(2)", BATCHES).get("aria-label") == (
        "Marble diagram. s: a at second 0, b at 1, c at 3, the end at 4. "
        "s.chunks(2) gives ab at second 1, c and the end at 4."
    )
    assert "a at second 0, nothing more. s.timeout(2) gives a at second 0, a failure at 2." in (
        svg("s.timeout(2)", "s: a-\n=: a-#").get("aria-label") or ""
    )


def test_short_values_are_shown_and_long_ones_told() -> None:
    body = "s: ab|\n=: X(Y|)\nwhere X = ['a', 'b']\nwhere Y = ['longer', 'than']\nwhere f = str.upper"
    assert texts(svg("s", body), "code") == ["a", "b", "s", "ab", "Y"]
    assert marble_svg.caption(read_block("s", body)) == ["Y = ['longer', 'than']", "f = str.upper"]


def test_an_item_keeps_its_colour() -> None:
    picture = svg("s.map(f)", "s: ab|\nt: 1|\n=: bA(xZ|)\nwhere Z = 'a'")
    colours = [
        rect.get("class") for rect in picture.iter("rect") if (rect.get("class") or "").startswith("item")
    ]
    assert colours == ["item m1", "item m2", "item m3", "item m2", "item m1", "item m0", "item m1"]


def test_a_picture_is_the_same_every_time_and_escapes_what_it_shows() -> None:
    body = 's: <&|\n=: "|\n'
    assert marble_svg.draw(read_block("s < t", body)) == marble_svg.draw(read_block("s < t", body))
    assert texts(svg("s < t & u", body), "code") == ["<", "&", "s < t & u", '"']


def test_a_long_expression_is_broken_before_its_calls() -> None:
    expression = ".".join(["s", *["chunks(3, within=3)"] * 6])
    lines = [
        line.replace("\N{NO-BREAK SPACE}", " ") for line in texts(svg(expression, "s: -|\n=: -|"), "code")
    ]
    assert "".join(line.strip() for line in lines) == expression
    assert len(lines) > 1
    assert max(map(len, lines)) <= 48


def test_what_is_too_long_for_a_phone_is_not_made_too_small() -> None:
    picture = svg("s", f"s: {'a-' * 20}|\n=: -")
    smallest = int((picture.get("style") or "").removeprefix("min-width: ").removesuffix("px"))
    assert smallest > 1000
