"""A model of cancellation tokens in plain Python, and the scripts that it and the real ones follow."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

numbers = st.integers(0, 30)


class Node:
    """A token of the model. What is dropped in between still passes a cancellation on."""

    def __init__(self, parent: Node | None = None) -> None:
        self.parent = parent
        self.children: list[Node] = []
        self.cancelled, self.reason = False, None if parent is None else parent.reason
        if parent is not None:
            self.cancelled = parent.cancelled
            parent.children.append(self)

    def family(self) -> list[Node]:
        """Return this token and those under it that are not cancelled yet, one generation after the other."""
        generation, found = [self], []
        while generation := [node for node in generation if not node.cancelled]:
            found += generation
            generation = [child for node in generation for child in node.children]
        return found

    def cancel(self, reason: str | None) -> list[Node]:
        family = self.family()
        for node in family:
            node.cancelled, node.reason = True, reason
        return family


def bit(number: int) -> float:
    return 2.0 ** -(number + 1)


KINDS = ["wait", "scope", "stubborn scope", "run", "stubborn run", "cancel on exit"]
ops = st.tuples(
    st.sampled_from([*["child"] * 4, "cancel", "cancel", "drop", *KINDS, *KINDS]),
    numbers,
    st.integers(0, 6),  # seconds
    st.sampled_from([math.inf, math.inf, math.inf, 0, 1, 2, 3]),  # until it is cancelled from outside
)
scripts = st.lists(ops, min_size=5, max_size=20)
Script = list[tuple[str, int, int, float]]


def model(script: Script) -> list[Any]:
    """Return how each task ended and when. Nothing ever comes due at the same time as anything else."""
    root = Node()
    tokens, tasks, log = [root], [], []
    now = 0.0

    def end(task: Any, how: Any) -> None:
        tasks.remove(task)
        log.append((now, task[0], how))
        if task[1] == "cancel on exit":
            cancel(task[2], "on exit")

    def cancel(node: Node, reason: str) -> None:
        family = node.cancel(reason)
        for task in [task for task in tasks if task[2] in family]:
            react(task)

    def react(task: Any) -> None:
        if task[1] in ("wait", "scope", "run"):
            end(task, ("token", task[2].reason if task[1] == "scope" else None))

    def run_to(time: float) -> None:
        nonlocal now
        while due := [task for task in tasks if min(task[3], task[4]) < time]:
            task = min(due, key=lambda task: min(task[3], task[4]))
            now = min(task[3], task[4])
            end(task, "done" if now == task[3] else "outside")
        now = time

    for number, (op, which, seconds, patience) in enumerate(script):
        run_to(number + 1)
        node = tokens[which % len(tokens)]
        if op == "child":
            tokens.append(Node(node))
        elif op == "cancel":
            cancel(node, str(number))
        elif op == "drop" and node is not root:
            tokens.remove(node)
        elif op in KINDS:
            done = now + seconds + bit(2 * number) if op != "wait" else math.inf
            outside = now + patience + bit(2 * number + 1) if "stubborn" not in op else math.inf
            tasks.append((number, op, node, done, outside))
            if node.cancelled:
                if op == "stubborn run":
                    end(tasks[-1], ("token", None))  # it is not even called
                else:
                    react(tasks[-1])
    run_to(len(script) + 1)
    cancel(root, "end")
    run_to(math.inf)
    return log
