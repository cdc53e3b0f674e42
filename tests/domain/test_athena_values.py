"""What Athena answers, as Python has it."""

from __future__ import annotations

from datetime import datetime

import pytest

from acceptance.aws.athena import TimesOrTexts


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timestamp", "0000-12-30 00:00:00.000"),
        ("timestamp", "+12345-01-01 00:00:00.000"),
        ("date", "-0044-03-15"),
    ],
)
def test_a_time_that_python_cannot_hold_stays_a_text(kind: str, text: str) -> None:
    assert TimesOrTexts().convert(kind, text) == text


def test_any_other_time_is_one() -> None:
    text = "0999-01-02 03:04:05"
    assert TimesOrTexts().convert("timestamp", f"{text}.000") == datetime.fromisoformat(text)
    with pytest.raises(ValueError):
        TimesOrTexts().convert("integer", "many")
