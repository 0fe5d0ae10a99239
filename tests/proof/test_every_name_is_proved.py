"""Every public async function, class and context manager has a proof, or an entry that says why not."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.proof.proof import ALL
from tests.proof.test_proofs import family
from trio_patterns.streams import Stream

FAMILIES = ("spawning", "retry", "shutdown", "backpressure", "streams", "traits", "testing", "timeline")

#: Public names that run nothing, so that there is nothing to cancel and no order: the reason for each.
NOTHING_TO_CANCEL: dict[str, str] = {
    "PoolLedger": "a frozen record of four counts",
    "PoolStatistics": "a frozen record of counts",
    "OverflowStatistics": "a frozen record of counts",
    "StreamProgress": "a frozen record of counts",
    # retry
    "PolicyOptions": "the types of a policy's options, for type checkers only",
    # testing
    "cancel_sweep": "starts runs of trio itself, so it can't be called from inside one",
    "explore": "starts runs of trio itself, so it can't be called from inside one",
    "SweepReport": "what a sweep returns, after its runs",
    "FailedPoint": "one line of a sweep's failure",
    "ExploreReport": "what an exploration returns, after its runs",
    "WaitGraph": "a picture of a standstill, and under the tools a standstill is their own finding",
    "WaitingTask": "a part of a wait graph",
    "Holder": "a part of a wait graph",
    "Place": "file, line and function",
    "Contract": "a class of tests that start runs of trio themselves",
    "limiter_contract": "makes a class of tests",
    "rate_limiter_contract": "makes a class of tests",
    "repository_contract": "makes a class of tests",
    "retry_policy_contract": "makes a class of tests",
    "stream_operator_contract": "makes a class of tests",
    # timeline
    "install_dump_signal": "a signal handler: it wakes no task, and its tests send real signals",
    "DumpSignal": "what the above returns",
    "Recording": "a frozen record of what was recorded",
    "TaskRecord": "a part of a recording",
    "NurseryRecord": "a part of a recording",
    "Span": "a part of a recording",
    "Cancellation": "a part of a recording",
    "Mark": "a part of a recording",
    "Ending": "a part of a recording",
}


def needs_a_proof(value: Any) -> bool:
    """Tell whether a public name can be cancelled, or can be run in more than one order."""
    if inspect.isclass(value):
        return not issubclass(value, BaseException)
    return inspect.isroutine(value)


def public_names() -> Iterator[tuple[str, str]]:
    for name in FAMILIES:
        module = import_module(f"trio_patterns.{name}")
        for public in module.__all__:
            if needs_a_proof(getattr(module, public)):
                yield name, public
    for public, value in vars(Stream).items():
        if not public.startswith("_") and callable(getattr(value, "__func__", value)):
            yield "streams", f"Stream.{public}"
    for base in Stream.__mro__[1:]:
        if base.__module__.startswith("trio_patterns."):
            for public, value in vars(base).items():
                if not public.startswith("_") and callable(getattr(value, "__func__", value)):
                    yield "streams", f"Stream.{public}"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_public_name_is_proved(name: str) -> None:
    proved = {cover for proof in ALL.values() for cover in proof.covers if family(proof) == name}
    missing = {public for where, public in public_names() if where == name} - proved
    assert sorted(missing - NOTHING_TO_CANCEL.keys()) == []


def test_no_excuse_is_out_of_date() -> None:
    """A name that has a proof now, or that is gone, needs no reason."""
    proved = {cover for proof in ALL.values() for cover in proof.covers}
    known = {public for _, public in public_names()}
    assert sorted(NOTHING_TO_CANCEL.keys() & proved) == []
    assert sorted(NOTHING_TO_CANCEL.keys() - known) == []
    assert all(NOTHING_TO_CANCEL.values())


def test_every_proof_is_about_something_that_exists() -> None:
    known = {public for _, public in public_names()}
    assert sorted({cover for proof in ALL.values() for cover in proof.covers} - known) == []
