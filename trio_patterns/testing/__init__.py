"""Tools for testing programs that use trio and these patterns; no module of the library needs them."""

from __future__ import annotations

from .._core.frames import Place
from .._core.scheduler_door import SchedulerMoved
from .cancel_sweep import cancel_sweep
from .contracts import (
    Contract,
    limiter_contract,
    rate_limiter_contract,
    repository_contract,
    retry_policy_contract,
    stream_operator_contract,
)
from .explore import explore
from .explore_report import ExploreFailure, ExploreReport
from .marble_check import check_marbles
from .marble_report import MarbleFailure
from .marble_source import MarbleError
from .stalls import Stalled, fail_when_stalled
from .sweep_report import FailedPoint, SweepFailure, SweepReport
from .wait_graph import Holder, WaitGraph, WaitingTask

__all__ = [
    # cancel it everywhere
    "cancel_sweep",
    "SweepReport",
    "SweepFailure",
    "FailedPoint",
    # run it in every order
    "explore",
    "ExploreReport",
    "ExploreFailure",
    "SchedulerMoved",
    # fail instead of hanging
    "fail_when_stalled",
    "Stalled",
    "WaitGraph",
    "WaitingTask",
    "Holder",
    "Place",
    # contracts for implementations of your own
    "Contract",
    "repository_contract",
    "limiter_contract",
    "rate_limiter_contract",
    "retry_policy_contract",
    "stream_operator_contract",
    # marbles
    "check_marbles",
    "MarbleFailure",
    "MarbleError",
]
