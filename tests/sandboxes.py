"""Sandboxes in processes that are forked from a warm one. `sandbox.launch` and `sandbox.start` begin with nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import sandbox
from tests import processes


def launch(**settings: Any) -> sandbox.Pending:
    """As `sandbox.launch`; where there can be no sandbox, the test is skipped."""
    if sys.platform == "win32":
        pytest.skip("the sandbox needs Linux or macOS")
    return sandbox.launch(begin=processes.forked_sandbox, **settings)


@contextmanager
def start(*, minute_seconds: float = 60.0, seed: bool = True) -> Iterator[sandbox.Sandbox]:
    """One for the length of a `with`."""
    pending = launch(minute_seconds=minute_seconds, seed=seed)
    try:
        yield pending.ready()
    finally:
        pending.stop()
