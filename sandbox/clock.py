"""The sandbox's one clock: what "now" and "today" are for its endpoint, its API and its job scripts.

It is the machine's, some whole days ahead. The sandbox's process moves it (`move_to`); other processes, job runs among
them, find in the environment variable `VARIABLE` how many days it was ahead when they began.
"""

import os
import time as real
from collections.abc import Mapping
from datetime import UTC, date, datetime

VARIABLE = "SANDBOX_DAYS_AHEAD"
DAY_SECONDS = 86_400


def told() -> int:
    """How many days this process's environment says."""
    return int(os.environ.get(VARIABLE, "0"))


_days = told()


def move_to(days: int) -> None:
    """So many days ahead of the machine's clock from now on."""
    global _days
    _days = days


def days_ahead() -> int:
    return _days


def environment() -> Mapping[str, str]:
    """What a process that begins now needs to have the same clock."""
    return {VARIABLE: str(_days)} if _days else {}


def seconds() -> float:
    """Since 1970."""
    return real.time() + _days * DAY_SECONDS


def now() -> datetime:
    return datetime.fromtimestamp(seconds(), UTC)


def today() -> date:
    """In UTC."""
    return now().date()
