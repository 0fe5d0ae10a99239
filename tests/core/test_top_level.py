"""The names that the package itself offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import trio_patterns


def test_every_name_is_the_familys_own() -> None:
    from trio_patterns import backpressure, retry, shutdown, spawning, streams, traits

    families = [backpressure, retry, shutdown, spawning, streams, traits]
    for name in trio_patterns.__all__:
        value = getattr(trio_patterns, name)
        owners = [family for family in families if name in family.__all__]
        if name not in ("TrioPatternsError", "__version__"):
            assert [getattr(family, name) for family in owners] == [value]
    assert set(trio_patterns.__all__) <= set(dir(trio_patterns))


def test_the_retry_family_is_not_hidden_by_its_function() -> None:
    import trio_patterns.retry as family

    assert family.RetryPolicy is trio_patterns.RetryPolicy


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'trio_patterns' has no attribute 'nothing'"):
        trio_patterns.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_imports_no_family() -> None:
    code = "import sys, trio_patterns; print(*[m for m in sys.modules if m.startswith('trio_patterns.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["trio_patterns._core", "trio_patterns._core.errors"]
