"""`open_pinned_thread`: one thread for objects that must stay on it."""

from __future__ import annotations

import contextvars
import sqlite3
import threading
from concurrent.futures import CancelledError
from functools import partial

import pytest
import trio
import trio.testing

from trio_patterns.spawning import offload, open_pinned_thread

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class Gate:
    """Holds the thread until the test lets it go."""

    def __init__(self):
        self.entered, self.open = threading.Event(), threading.Event()

    def hold(self):
        self.entered.set()
        assert self.open.wait(10), "the test itself was held up"
        return "held"

    async def wait_entered(self):
        await trio.to_thread.run_sync(self.entered.wait)


async def test_a_sqlite_connection_that_checks_its_thread():
    """The object for which this exists: any other thread gets an error."""
    async with open_pinned_thread("database") as pinned:
        connection = await pinned.run(partial(sqlite3.connect, ":memory:", check_same_thread=True))
        await pinned.run(connection.execute, "create table t (n)")

        async def insert(n):
            await pinned.run(connection.execute, "insert into t values (?)", (n,))

        async with trio.open_nursery() as nursery:
            for n in range(20):
                nursery.start_soon(insert, n)
        rows = await pinned.run(lambda: connection.execute("select count(*), sum(n) from t").fetchall())
        assert rows == [(20, 190)]
        with pytest.raises(sqlite3.ProgrammingError, match="same thread"):
            await offload(connection.execute, "select 1")
        await pinned.run(connection.close)


async def test_every_call_runs_on_the_same_thread_of_that_name():
    async with open_pinned_thread("database") as pinned:
        threads = {await pinned.run(threading.current_thread) for _ in range(10)}
        assert len(threads) == 1
        assert pinned.name == "database"
        assert {thread.name for thread in threads} == {"database"}
    async with open_pinned_thread() as pinned:
        assert (await pinned.run(threading.current_thread)).name == pinned.name == "trio-pinned-thread"


async def test_calls_are_served_first_come_first_served():
    order = []
    gate = Gate()
    async with open_pinned_thread() as pinned, trio.open_nursery() as nursery:
        nursery.start_soon(pinned.run, gate.hold)
        await gate.wait_entered()
        for n in range(10):
            nursery.start_soon(pinned.run, order.append, n)
            await trio.testing.wait_all_tasks_blocked()
        gate.open.set()
    assert order == list(range(10))


async def test_failures_are_raised_and_the_thread_goes_on():
    async with open_pinned_thread() as pinned:
        with pytest.raises(ZeroDivisionError):
            await pinned.run(divmod, 7, 0)
        assert await pinned.run(divmod, 7, 2) == (3, 1)
        with trio.testing.assert_checkpoints():
            await pinned.run(int)


async def test_calls_see_the_context_variables_of_their_caller():
    async with open_pinned_thread() as pinned:
        variable.set("caller")
        assert await pinned.run(variable.get) == "caller"
        await pinned.run(variable.set, "thread")
        assert variable.get() == "caller"


async def test_a_waiting_call_is_withdrawn_when_cancelled():
    gate = Gate()
    ran = []
    async with open_pinned_thread() as pinned, trio.open_nursery() as nursery:
        nursery.start_soon(pinned.run, gate.hold)
        await gate.wait_entered()
        with trio.move_on_after(0.01) as scope:
            await pinned.run(ran.append, 1)
        assert scope.cancelled_caught
        gate.open.set()
    assert ran == []


async def test_a_running_call_is_waited_for_when_cancelled():
    gate = Gate()
    values = []

    async def call():
        values.append(await pinned.run(gate.hold))

    async with open_pinned_thread() as pinned, trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await gate.wait_entered()
        nursery.cancel_scope.cancel()
        gate.open.set()
    assert values == ["held"]


async def open_once_closed(gate, pinned):
    while "closed" not in repr(pinned):  # noqa: ASYNC110
        await trio.sleep(0.001)
    await trio.sleep(0.01)
    gate.open.set()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_block_waits_for_calls_of_other_tasks(cancelled):
    """It ends when its thread has ended, also if the block is cancelled."""
    gate = Gate()
    values = []

    async def call(pinned):
        values.append(await pinned.run(gate.hold))

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            async with open_pinned_thread() as pinned:
                thread = await pinned.run(threading.current_thread)
                nursery.start_soon(call, pinned)
                await gate.wait_entered()
                nursery.start_soon(open_once_closed, gate, pinned)
                if cancelled:
                    scope.cancel()
        assert not thread.is_alive()
    assert values == ["held"]


async def test_waiting_calls_of_other_tasks_end_with_a_failing_body():
    gate = Gate()
    failures = []

    async def call(pinned):
        try:
            await pinned.run(int)
        except trio.ClosedResourceError as exc:
            failures.append(str(exc))

    async with trio.open_nursery() as nursery:
        with pytest.raises(LookupError, match="body"):
            async with open_pinned_thread() as pinned:
                nursery.start_soon(pinned.run, gate.hold)
                await gate.wait_entered()
                nursery.start_soon(call, pinned)
                await trio.testing.wait_all_tasks_blocked()
                nursery.start_soon(open_once_closed, gate, pinned)
                raise LookupError("body")
    assert failures == ["the pinned thread was closed before this call ran"]


async def test_a_cancelled_error_of_the_function_itself_is_its_own():
    def fail():
        raise CancelledError

    async with open_pinned_thread() as pinned:
        with pytest.raises(CancelledError):
            await pinned.run(fail)


async def test_a_closed_thread_refuses_calls():
    async with open_pinned_thread("database") as pinned:
        assert repr(pinned) == "<PinnedThread 'database'>"
    assert repr(pinned) == "<PinnedThread 'database' closed>"
    with pytest.raises(
        trio.ClosedResourceError, match=r"^this pinned thread is closed: its block has ended$"
    ):
        await pinned.run(int)


async def test_wrong_arguments_are_refused():
    async def work():
        pass  # pragma: no cover

    with pytest.raises(TypeError, match="name must be a str or None, got 3"):
        open_pinned_thread(3)
    async with open_pinned_thread() as pinned:
        with pytest.raises(TypeError, match="got the async function"):
            await pinned.run(work)
        with pytest.raises(TypeError, match="not the call"):
            await pinned.run(work())
        with pytest.raises(TypeError, match=r"^fn must be a plain \(not async\) function, got 3"):
            await pinned.run(3)
        with pytest.raises(TypeError, match=r"^fn must be .*, but <function .*> returned a coroutine"):
            await pinned.run(lambda: work())
