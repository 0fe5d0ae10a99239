"""Cancellation tokens against a model: families that grow, shrink and are cancelled, and who waits."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.shutdown.token_model import KINDS, Node, Script, bit, model, numbers, scripts
from trio_patterns.shutdown import CancellationToken

reasons = st.sampled_from([None, "one", "two"])


class Families(RuleBasedStateMachine):
    """Tokens, mostly outside of trio: their state and reason, the order of effects, what is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[CancellationToken, Node]] = [(CancellationToken(), Node())]
        self.all = [(weakref.ref(token), node) for token, node in self.held]
        self.registered: list[tuple[int, Node, Callable[[], object]]] = []  # in order
        self.called: list[int] = []
        self.count = 0

    def keep(self, token: CancellationToken, node: Node) -> None:
        self.held.append((token, node))
        self.all.append((weakref.ref(token), node))

    @rule()
    @precondition(lambda self: all(node.cancelled for _, node in self.held))
    def new(self) -> None:
        self.keep(CancellationToken(), Node())

    @rule(i=numbers)
    @precondition(lambda self: bool(self.held))
    def child(self, i: int) -> None:
        token, node = self.held[i % len(self.held)]
        self.keep(token.child(), Node(node))

    @rule(i=numbers)
    @precondition(lambda self: bool(self.held))
    def drop(self, i: int) -> None:
        self.held.pop(i % len(self.held))

    @rule(i=numbers)
    @precondition(lambda self: bool(self.held))
    def register(self, i: int) -> None:
        """As `scope` and `wait` do, but without a task, so that the order of effects can be seen."""
        token, node = self.held[i % len(self.held)]
        self.count += 1
        number, before = self.count, len(self.called)
        unregister = token._on_cancel(lambda: self.called.append(number))
        assert self.called[before:] == [number] * node.cancelled  # at once, if it is cancelled
        self.registered.append((number, node, unregister))

    @rule(i=numbers)
    @precondition(lambda self: bool(self.registered))
    def unregister(self, i: int) -> None:
        self.registered.pop(i % len(self.registered))[2]()

    @rule(i=numbers, reason=reasons, inside=st.booleans())
    @precondition(lambda self: bool(self.held))
    def cancel(self, i: int, reason: str | None, inside: bool) -> None:
        token, node = self.held[i % len(self.held)]
        effects = [number for each in node.family() for number, at, _ in self.registered if at is each]
        before = len(self.called)

        async def cancel() -> None:
            token.cancel(reason)

        if inside:
            trio.run(cancel)
        elif effects:
            with pytest.raises(RuntimeError, match="from their thread"):
                token.cancel(reason)
            return
        else:
            token.cancel(reason)
        node.cancel(reason)
        assert self.called[before:] == effects

    @invariant()
    def each_is_as_in_the_model(self) -> None:
        for token, node in self.held:
            assert (token.cancelled, token.reason) == (node.cancelled, node.reason)

    @invariant()
    def only_what_is_needed_lives(self) -> None:
        """That is what somebody holds, and, as long as it could still be cancelled, what is above it."""
        alive: set[Node] = set()
        for node in [node for _, node in self.held] + [node for _, node, _ in self.registered]:
            above: Node | None = node
            while above is not None:
                alive.add(above)
                above = None if above.cancelled else above.parent
        assert [node in alive for ref, node in self.all] == [ref() is not None for ref, _ in self.all]


TestFamilies = Families.TestCase
TestFamilies.settings = settings(deadline=None)


class Real:
    """Follows a script with real tokens and writes the same log as the model."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.waiting: list[CancellationToken] = []

    async def task(
        self, number: int, op: str, token: CancellationToken, seconds: int, patience: float
    ) -> None:
        how: Any = "outside"
        calls = 0

        async def sleep() -> str:
            nonlocal how, calls
            calls += 1
            try:
                with trio.CancelScope(shield="stubborn" in op):
                    await trio.sleep(seconds + bit(2 * number))
            except trio.Cancelled as cancelled:
                how = cancelled.reason
                raise
            return "done"

        if op != "cancel on exit":
            self.waiting.append(token)
        with trio.move_on_after(patience + bit(2 * number + 1)) as outside:
            if op == "wait":
                await token.wait()
                how = ("token", None)
            elif op.endswith("scope"):
                with token.scope() as scope:
                    how = await sleep()
                if scope.cancelled_caught:
                    how = ("token", how)
            elif op.endswith("run"):
                before = token.cancelled
                how = await token.run_until_cancelled(sleep, default=("token", None))
                assert calls == (not before)
            else:
                with token.cancel_on_exit("on exit"):
                    how = await sleep()
        if op != "cancel on exit":
            self.waiting.remove(token)
        if outside.cancelled_caught:
            how = "outside"
        self.log.append((trio.current_time(), number, how))

    async def follow(self, script: Script) -> None:
        root = CancellationToken()
        tokens = [root]
        async with trio.open_nursery() as nursery:
            for number, (op, which, seconds, patience) in enumerate(script):
                await trio.sleep_until(number + 1)
                for token in tokens:  # whoever has left is forgotten
                    assert token.cancelled or len(token._callbacks) == self.waiting.count(token)
                token = tokens[which % len(tokens)]
                if op == "child":
                    tokens.append(token.child())
                elif op == "cancel":
                    token.cancel(str(number))
                elif op == "drop" and token is not root:
                    tokens.remove(token)
                elif op in KINDS:
                    nursery.start_soon(self.task, number, op, token, seconds, patience)
                del token
            await trio.sleep_until(len(script) + 1)
            root.cancel("end")


@given(scripts)
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_tasks_end_when_the_model_says_so(script: Script) -> None:
    """By the token, with its reason, by their own end, or by a cancellation from outside; exact times."""
    real = Real()
    trio.run(real.follow, script, clock=trio.testing.MockClock(autojump_threshold=0))
    assert sorted(real.log, key=repr) == sorted(model(script), key=repr)
