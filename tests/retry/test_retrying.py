"""retrying: the decorator."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import trio
import trio.testing

from trio_patterns.retry import RetryPolicy, no_jitter, retrying

POLICY = RetryPolicy(on=ConnectionError, jitter=no_jitter, base_delay=1.0)


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0}])
async def test_every_call_is_retried_with_its_own_count(autojump_clock: Any, options: Any) -> None:
    @retrying(POLICY.with_(attempts=3, **options))
    async def fetch(url: str, *, depth: int) -> tuple[str, int]:
        calls.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        if len(calls) % 3:
            raise ConnectionError
        return url, depth

    calls: list[float] = []
    assert await fetch("x", depth=2) == ("x", 2)
    assert await fetch("y", depth=3) == ("y", 3)
    assert calls == [0.0, 1.0, 3.0, 3.0, 4.0, 6.0]


async def test_gives_up_and_refuses_like_retry(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky([ConnectionError("a"), ConnectionError("b"), ValueError("c")])
    fetch = retrying(POLICY.with_(attempts=2))(fn.__call__)
    with pytest.raises(ConnectionError, match="b") as info:
        await fetch()
    assert "retry of FlakyFn.__call__: gave up after 2 attempts" in info.value.__notes__[0]
    with pytest.raises(ValueError, match="c"):
        await fetch()
    assert fn.times == [0.0, 1.0, 1.0]


async def test_works_on_methods_also_static_and_class_methods(autojump_clock: Any) -> None:
    class Client:
        failures = 2

        @classmethod
        def fail(cls) -> None:
            if cls.failures:
                cls.failures -= 1
                raise ConnectionError

        @retrying(POLICY)
        async def fetch(self, x: int) -> tuple[Client, int]:
            await trio.lowlevel.checkpoint()
            self.fail()
            return self, x

        @classmethod
        @retrying(POLICY)
        async def build(cls, x: int) -> int:
            await trio.lowlevel.checkpoint()
            cls.fail()
            return x

        @staticmethod
        @retrying(POLICY)
        async def static(x: int) -> int:
            await trio.lowlevel.checkpoint()
            Client.fail()
            return x

    client = Client()
    assert await client.fetch(1) == (client, 1)
    Client.failures = 1
    assert await Client.build(2) == 2
    Client.failures = 1
    assert await Client.static(3) == 3


def test_looks_like_the_function_it_wraps() -> None:
    async def fetch(url: str, *, depth: int = 1) -> bytes:
        """Fetch."""
        await trio.lowlevel.checkpoint()
        return b""

    decorated = retrying(POLICY)(fetch)
    assert inspect.iscoroutinefunction(decorated)
    assert inspect.signature(decorated) == inspect.signature(fetch)
    assert (decorated.__name__, decorated.__doc__) == ("fetch", "Fetch.")
    assert inspect.unwrap(decorated) is fetch


async def test_cancelled_during_the_delay_ends_at_once(flaky: Any, autojump_clock: Any) -> None:
    fn = flaky([ConnectionError()] * 9)
    with trio.move_on_after(100) as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(retrying(POLICY)(fn.__call__))
            await trio.sleep(0.5)
            nursery.cancel_scope.cancel()
    assert (fn.times, trio.current_time(), scope.cancelled_caught) == ([0.0], 0.5, False)


def test_decorator_without_its_policy_is_explained() -> None:
    async def fetch() -> None:
        await trio.lowlevel.checkpoint()

    with pytest.raises(
        TypeError, match=r"^policy must be a RetryPolicy, got <function .*>: write @retrying\(policy\)$"
    ):
        retrying(fetch)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"policy must be a RetryPolicy, got 3$"):
        retrying(3)  # type: ignore[arg-type]


def test_what_is_no_async_function_is_refused_when_decorating() -> None:
    async def fetch() -> None:
        await trio.lowlevel.checkpoint()

    for wrong in (fetch(), 5, None, classmethod(fetch)):
        with pytest.raises(TypeError, match=r"async_fn must be an async function, got"):
            retrying(POLICY)(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"timeout": 100.0}])
async def test_plain_function_is_refused_when_called(options: Any) -> None:
    calls: list[int] = []
    decorated = retrying(POLICY.with_(on=Exception, **options))(lambda: calls.append(1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"async_fn must be an async function, but .* returned None"):
        await decorated()
    assert calls == [1]
