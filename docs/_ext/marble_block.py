"""What stands in a ``{marble}`` block: read by the directive that draws it and by the test that runs it.

    ```{marble} s.chunks(2).map(join)
    s: ab-c|
    =: -X-(Y|)
    where join = "".join
    where X = "ab"
    where Y = "c"
    ```

The argument is an expression that makes a stream of the sources. Then comes a line ``name: marbles`` for each
source, and ``=: marbles`` for the result, in the notation of `trio_patterns.testing`. Lines that begin with
``where`` give names and values, in the order in which they stand:

``where X = ["a", "b"]``
    One character: the value that it stands for, in sources and result. Where the value is short the picture
    shows it (``ab``) instead of the character.
``where digits = int``
    Every digit stands for its number. Without this a digit is a string like any other item.
``where f = lambda x: x.upper()``
    A name for the expression and the lines below. Of one character it is the same, except that a function
    is never an item.
``where # = trio.TooSlowError``
    What the failure is: ``error=`` of `check_marbles`.

The expressions know `Stream`, `stream`, `trio` and `slow`: ``map(slow(2))`` takes two seconds for each
item, ``slow({"a": 3, "b": 1}, str.upper)`` three for an ``a`` and one for a ``b``, and makes them capitals.
This module needs no Sphinx.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import trio

from trio_patterns.streams import Stream, stream
from trio_patterns.testing import check_marbles
from trio_patterns.testing.marbles import Marbles, is_item, parse

RESULT = "="
# The content of these is text, whatever it looks like.
_VERBATIM = {"code", "code-block", "eval-rst", "literalinclude", "math", "parsed-literal", "raw", "toctree"}
_FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|:{3,})\s*(?:\{(?P<name>[\w:-]+)\})?(?P<rest>.*)$")


@dataclass(frozen=True)
class Block:
    """A block that has been read: what goes in, what is done to it, what comes out."""

    expression: str
    sources: Mapping[str, Marbles]
    expected: Marbles
    values: Mapping[str, Any]
    names: Mapping[str, Any]
    error: Any
    where: tuple[tuple[str, str], ...]

    def build(self, *streams: Stream[Any]) -> Stream[Any]:
        """Evaluate the expression."""
        return eval(self.expression, {**self.names, **dict(zip(self.sources, streams, strict=True))})


@dataclass(frozen=True)
class Found:
    """A block in a page, as text, and the line of its first fence."""

    line: int
    expression: str
    body: str


def slow(
    seconds: float | Mapping[Any, float], fn: Callable[[Any], Any] = lambda item: item
) -> Callable[[Any], Awaitable[Any]]:
    """Make an async function that takes so many seconds (for each item its own) and returns ``fn(item)``."""

    async def wait(item: Any) -> Any:
        await trio.sleep(seconds[item] if isinstance(seconds, Mapping) else seconds)
        return fn(item)

    return wait


def read_block(expression: str, body: str) -> Block:
    """Read an argument and a body; ValueError says which line is wrong and why."""
    if not expression.strip():
        raise ValueError("the expression is missing: ```{marble} s.map(f)")
    strings: dict[str, Marbles] = {}
    where: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, body.splitlines())):
        if line.startswith("where "):
            name, equals, value = (part.strip() for part in line.removeprefix("where ").partition("="))
            if not (name and equals and value):
                raise ValueError(f"{line!r} must be `where name = value`")
            where.append((name, value))
            continue
        name, colon, text = (part.strip() for part in line.partition(":"))
        if not colon or not (name.isidentifier() or name == RESULT):
            raise ValueError(f"{line!r} must be `name: marbles`, `=: marbles` or `where name = value`")
        if name in strings:
            raise ValueError(f"{name!r} has two lines")
        if RESULT in strings:
            raise ValueError(f"{line!r} stands behind the result, which comes last")
        strings[name] = parse(text, repr(name))
    expected = strings.pop(RESULT, None)
    if expected is None or not strings:
        raise ValueError(
            "a block has a line for each source, `name: marbles`, and one for the result, `=: ...`"
        )
    values, names, error = _evaluate(where)
    return Block(expression.strip(), strings, expected, values, names, error, tuple(where))


def _evaluate(where: list[tuple[str, str]]) -> tuple[dict[str, Any], dict[str, Any], Any]:
    values: dict[str, Any] = {}
    names: dict[str, Any] = {"Stream": Stream, "stream": stream, "trio": trio, "slow": slow}
    error = None
    for name, text in where:
        try:
            value = eval(text, names)  # the author of the page wrote it
        except Exception as exc:
            raise ValueError(f"`where {name} = {text}` fails: {exc!r}") from exc
        if name == "#":
            error = value
        elif name == "digits":
            values |= {digit: value(digit) for digit in "0123456789"}
        elif is_item(name) and not callable(value):
            values[name] = value
        elif not name.isidentifier():
            raise ValueError(
                f"`where {name} = {text}` must name one character, `digits`, `#` or an identifier"
            )
        if name.isidentifier():
            names[name] = value
    return values, names, error


async def check_block(block: Block) -> None:
    """Run a block: it passes or raises `MarbleFailure`."""
    texts = [marbles.text for marbles in block.sources.values()]
    await check_marbles(texts, block.build, block.expected.text, values=block.values, error=block.error)


def find_blocks(page: str) -> Iterator[Found]:
    """Find the blocks of a MyST page that Sphinx would draw; one that is shown as text is none."""
    closing: str | None = None  # the fence whose content is passed over or collected
    found: Found | None = None
    body: list[str] = []
    directives: list[str] = []  # fences whose content is a page again
    for number, line in enumerate(page.splitlines(), 1):
        match = _FENCE.match(line)
        fence, bare = (match["fence"], not (match["name"] or match["rest"].strip())) if match else ("", False)
        if closing is not None:
            if bare and fence.startswith(closing):
                if found is not None:
                    yield Found(found.line, found.expression, "\n".join(body))
                closing, found, body = None, None, []
            elif found is not None:
                body.append(line)
        elif match is None:
            continue
        elif match["name"] == "marble":
            found, closing = Found(number, match["rest"].strip(), ""), fence
        elif bare and directives and fence.startswith(directives[-1]):
            directives.pop()
        elif fence[0] == "`" and (match["name"] is None or match["name"] in _VERBATIM):
            closing = fence
        elif not bare:
            directives.append(fence)
