"""Python's own clock moved to the sandbox's, in a process that runs a job script.

A script is foreign code and asks `datetime` and `time`; nothing but these can tell it another day. For such processes
alone: to be called once, before the script is imported.
"""

import copyreg
import datetime
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sandbox.clock import DAY_SECONDS


class _Also(type):
    """Values that were made before, or by C, are dates and datetimes as much as those made since."""

    real: type

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.real)


class _Date(datetime.date, metaclass=_Also):
    real = datetime.date

    @classmethod
    def today(cls) -> "_Date":
        return cls.fromtimestamp(time.time())


class _Datetime(datetime.datetime, metaclass=_Also):
    real = datetime.datetime

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "_Datetime":
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> "_Datetime":
        return cls.now()

    @classmethod
    def utcnow(cls) -> "_Datetime":
        return cls.now(datetime.UTC).replace(tzinfo=None)


def move(days: int) -> None:
    """Everything that this process asks for the time from now on is told that of so many days later."""
    with suppress(ImportError):
        _move_pandas(days)  # now: its types extend C's datetime, and crash where they find another by then
    ahead = days * DAY_SECONDS
    moved: dict[str, Callable[..., Any]] = {
        "time": _later(time.time, ahead),
        "time_ns": _later(time.time_ns, ahead * 10**9),
    }
    for name in ("gmtime", "localtime", "ctime"):
        moved[name] = _of_now(getattr(time, name))
    strftime, localtime = time.strftime, moved["localtime"]
    moved["strftime"] = lambda form, *moment: strftime(form, *(moment or (localtime(),)))
    for name, function in moved.items():
        setattr(time, name, function)
    for clock in (_Date, _Datetime):
        _travels_as(clock.real, clock)
    datetime.date, datetime.datetime = _Date, _Datetime  # type: ignore[misc]


def _move_pandas(days: int) -> None:
    """Its moments of now come from C; `today` and `utcnow` ask `now`."""
    from pandas import Timedelta, Timestamp

    real: Any = Timestamp
    now = real.now
    real.now = lambda *zone, **named: now(*zone, **named) + Timedelta(days=days)


def _travels_as(real: type, moved: type) -> None:
    """Values of both are pickled under the real one's name, which is what another process knows, as Spark's workers."""
    moved.__module__, moved.__qualname__ = real.__module__, real.__qualname__
    copyreg.pickle(real, lambda value: (moved, value.__reduce_ex__(4)[1]))


def _later(clock: Callable[[], Any], ahead: int) -> Callable[[], Any]:
    return lambda: clock() + ahead


def _of_now(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Without a moment these ask C for the time."""
    return lambda moment=None: convert(time.time() if moment is None else moment)
