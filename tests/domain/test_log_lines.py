"""The prefixes of loggers, taken off before a line is understood or reported."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acceptance.privacy.log_lines import without_prefix

MESSAGE = "No requests, exiting job"


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "2026-11-27 18:08:28,123 INFO [main] glue.GlueLogger (GlueLogger.scala:info(8)): ",
        "2026-11-27 18:08:28,123 WARN  [Thread-7] glue.GlueLogger (GlueLogger.scala:warn(14)): ",
        "26/11/27 18:08:28 INFO GlueLogger: ",
        "2026-11-27 18:08:28,123 - INFO - ",
        "2026-11-27 18:08:28,123 - __main__ - ERROR - ",
        "WARNING:root:",
        "26/11/27 18:08:28 INFO GlueLogger: 2026-11-27 18:08:28,123 - INFO - ",
    ],
)
def test_a_prefix_is_taken_off(prefix: str) -> None:
    assert without_prefix(prefix + MESSAGE) == MESSAGE


@pytest.mark.parametrize("layout", ["%(asctime)s - %(levelname)s - %(message)s", logging.BASIC_FORMAT])
def test_what_pythons_logging_writes(layout: str) -> None:
    record = logging.LogRecord("root", logging.WARNING, "x.py", 1, MESSAGE, (), None)
    assert without_prefix(logging.Formatter(layout).format(record)) == MESSAGE


@given(st.text(max_size=60))
def test_a_message_stays_as_it_is(text: str) -> None:
    message = f"say {text}"
    assert without_prefix(message) == message
    assert without_prefix(f"26/11/27 18:08:28 INFO GlueLogger: {message}") == message


@pytest.mark.parametrize("line", ["INFO", "2026-11-27: 3 pages", "ERROR: it broke", "12:00:00 INFO x: y"])
def test_what_only_looks_like_one_stays(line: str) -> None:
    assert without_prefix(line) == line
