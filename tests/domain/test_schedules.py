"""Glue's cron expressions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from acceptance.aws.schedules import Schedule, Unreadable

SATURDAY = datetime(2026, 11, 28, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 2 * * ? *)", "2026-11-29T02:00"),
        ("cron(0 22 ? * SUN *)", "2026-11-29T22:00"),
        ("cron(0 22 ? * 1 *)", "2026-11-29T22:00"),  # Sunday is 1
        ("cron(0/15 8-10 ? * MON-FRI *)", "2026-11-30T08:00"),
        ("cron(5,50 16 * * ? *)", "2026-11-28T16:05"),
        ("cron(0 16 * * ? *)", "2026-11-29T16:00"),  # not the moment itself
        ("cron(15 12 1 JAN ? 2027)", "2027-01-01T12:15"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00"),
        ("cron(0 0 1 1 ? 2020)", ""),
    ],
)
def test_the_next_time(expression: str, expected: str) -> None:
    found = Schedule.parse(expression).after(SATURDAY)
    assert (f"{found:%Y-%m-%dT%H:%M}" if found else "") == expected


def test_times_are_utc_whatever_the_moments_zone() -> None:
    moment = datetime(2026, 7, 1, 2, 30, tzinfo=timezone(timedelta(hours=1)))  # 01:30 UTC
    assert Schedule.parse("cron(0 2 * * ? *)").after(moment) == datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "rate(5 minutes)",
        "cron(0 2 * * ?)",
        "cron(0 2 L * ? *)",
        "cron(60 2 * * ? *)",
        "cron(0 2 * * FOO *)",
        "cron(0/0 2 * * ? *)",
    ],
)
def test_what_is_not_understood_is_not_guessed(expression: str) -> None:
    with pytest.raises(Unreadable):
        Schedule.parse(expression)
