"""What loggers put before a message: it says when, how grave and by whom, and is no part of what a job says.

Sources: AWS Glue developer guide, "Enabling continuous logging" (the pattern `%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n`);
Python, "Logging HOWTO" (BASIC_FORMAT); log4j's lines as Glue's jobs have written them.
"""

from __future__ import annotations

import re

_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)"
_PREFIX = re.compile(
    r"\s*(?:"
    # log4j in Glue: 2026-11-27 18:08:28,123 INFO [main] glue.GlueLogger (GlueLogger.scala:info(8)): …
    rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} {_LEVEL} +\[[^\]]*\] [\w.$]+ \([\w.$]+:[\w.$<>]+\(\d+\)\): ?|"
    # continuous logging: 26/11/27 18:08:28 INFO GlueLogger: …
    rf"\d\d/\d\d/\d\d \d\d:\d\d:\d\d {_LEVEL} [\w.$]+: ?|"
    # Python's logging as the snapshot script sets it: 2026-11-27 18:08:28,123 - INFO - …
    rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} - (?:[\w.]+ - )?{_LEVEL} - ?|"
    # and where nobody sets it: WARNING:root:…
    rf"{_LEVEL}:[\w.]+:"
    r")"
)


def without_prefix(line: str) -> str:
    """A line without the prefixes of the loggers that it has passed through."""
    while found := _PREFIX.match(line):
        line = line[found.end() :]
    return line
