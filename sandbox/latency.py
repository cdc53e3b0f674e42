"""How long AWS takes, for those who measure what a run waits for.

In the environment of `python -m sandbox`, `SANDBOX_LATENCY=call=0.05,job_run=12,crawl=5,query=1`: seconds, each the
least that such a thing takes; what is not named takes the time that the work takes here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ParamSpec, TypeVar

VARIABLE = "SANDBOX_LATENCY"

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Latency:
    call: float = 0.0  # of the API, the sandbox's own calls apart
    job_run: float = 0.0
    crawl: float = 0.0
    query: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Latency:
        """Raises ValueError for what is not a list such as `call=0.05,query=1`."""
        known = {field.name for field in fields(cls)}
        given = dict(part.strip().split("=", 1) for part in text.split(",") if part.strip())
        if unknown := set(given) - known:
            raise ValueError(f"{VARIABLE} knows {', '.join(sorted(known))}, not {', '.join(sorted(unknown))}")
        return cls(**{name: float(seconds) for name, seconds in given.items()})


def at_least(seconds: float, work: Callable[Given, Result]) -> Callable[Given, Result]:
    """The work, done no sooner than so many seconds after it has begun."""
    if not seconds:
        return work

    def unhurried(*given: Given.args, **named: Given.kwargs) -> Result:
        until = time.monotonic() + seconds
        try:
            return work(*given, **named)
        finally:
            time.sleep(max(0.0, until - time.monotonic()))

    return unhurried
