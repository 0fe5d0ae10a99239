"""What is wrong with a run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from .._core.groups import leaves
from .deliveries import chain
from .single_run import Run

__all__ = ["Problem", "broken", "find_problem", "judge"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the exception behind it."""

    text: str
    error: BaseException | None = None

    @property
    def kind(self) -> tuple[str, type[BaseException] | None]:
        """Tell problems apart, but not two standstills, nor two errors of one type."""
        return self.text[:20], None if self.error is None else type(self.error)


def find_problem(run: Run, check: Callable[[], object] | None, within: float) -> Problem | None:
    """Return what is wrong with a run that was cancelled or failed on purpose, or None."""
    if (problem := judge(run)) is not None:
        return problem
    if run.seconds > within:
        return Problem(f"it took {run.seconds:g} s of virtual time to end, more than within={within:g}")
    if (problem := _escaped(run)) is not None:
        return problem
    if run.swallowed is not None:
        return Problem(f"Cancelled was swallowed: it was raised at {run.swallowed}, and went no further")
    return broken(check)


def judge(run: Run) -> Problem | None:
    """Return what is wrong with any run: it does not end, or leaves something behind."""
    if run.stall is not None:
        return Problem(
            f"it does not end: every task waits, and nothing will wake one\n{run.stall}", run.error
        )
    if run.endless is not None:
        name, place = run.endless
        return Problem(f"it does not end: it still takes steps, the last in {name} at {place}", run.error)
    if run.leaks:
        return Problem("it left something behind: " + "; ".join(run.leaks))
    return None


def broken(check: Callable[[], object] | None) -> Problem | None:
    """Call ``check``, and return what does not hold."""
    if check is None:
        return None
    try:
        verdict = check()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as exc:  # pytest.fail() raises one that is no Exception
        return Problem(f"check() raised {type(exc).__name__}{f': {exc}' if str(exc) else ''}", exc)
    if inspect.iscoroutine(verdict):
        verdict.close()
        raise TypeError(f"check must be a plain function, but it returned {verdict!r}, which nobody awaits")
    return Problem("check() returned False") if verdict is False else None


def _escaped(run: Run) -> Problem | None:
    """Find what left the program and has nothing to do with what was injected."""
    if run.error is None:
        return None
    strange = [leaf for leaf in leaves(run.error) if not _comes_from(leaf, run.fault)]
    if not strange:
        return None
    beside = "the cancellation" if run.fault is None else "the injected error"
    names = ", ".join(repr(leaf) for leaf in strange)
    return Problem(f"something else than {beside} left it: {names}", run.error)


def _comes_from(leaf: BaseException, fault: BaseException | None) -> bool:
    """Tell whether ``leaf`` is the fault, or was raised because of it."""
    return fault is not None and any(link is fault for link in chain(leaf))
