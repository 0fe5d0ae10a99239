"""What several tests of the timeline need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """trio logs what an instrument raises, and drops it: a recording that goes on has logged nothing."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []
