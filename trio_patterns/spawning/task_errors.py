"""What `TaskHandle` raises when there is nothing to return: `TaskNotDone` and `TaskCancelled`."""

from __future__ import annotations

from typing import final

from .._core.errors import TrioPatternsError

__all__ = ["TaskCancelled", "TaskNotDone"]


@final
class TaskNotDone(TrioPatternsError):  # noqa: N818  (it is no error of the task)
    """The task has no result yet.

    Attributes:
      name: The name of the task.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"task {name!r} is not done yet: wait for it with `await handle.join()`")
        self.name = name

    def __reduce__(self) -> tuple[type[TaskNotDone], tuple[str]]:
        return TaskNotDone, (self.name,)


@final
class TaskCancelled(TrioPatternsError):  # noqa: N818  (trio's word)
    """The task was cancelled, so it has neither a result nor a failure.

    It is an ordinary exception of the one who asks. `trio.Cancelled`, which ended the task, is never
    stored and never raised outside it.

    Attributes:
      name: The name of the task.
      reason: Why it was cancelled, as far as the canceller said so.
    """

    def __init__(self, name: str, reason: str | None = None) -> None:
        because = f" ({reason})" if reason else ""
        super().__init__(
            f"task {name!r} was cancelled{because} and has no result: check `handle.cancelled` first"
        )
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[type[TaskCancelled], tuple[str, str | None]]:
        return TaskCancelled, (self.name, self.reason)
