"""Sandboxes in processes that are forked from a warm one. `sandbox.launch` and `sandbox.start` begin with nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import sandbox
from tests import processes

launch = partial(sandbox.launch, begin=processes.forked_sandbox)


@contextmanager
def start(*, minute_seconds: float = 60.0, seed: bool = True) -> Iterator[sandbox.Sandbox]:
    """One for the length of a `with`."""
    pending = launch(minute_seconds=minute_seconds, seed=seed)
    try:
        yield pending.ready()
    finally:
        pending.stop()
