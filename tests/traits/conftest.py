"""Shared by the tests of repositories."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.traits.repository_contract")
