"""A plugin of pytest in the process of the tests: shuts the network off, and reports each test in a line of JSON."""

import json
import os
import re
from pathlib import Path
from typing import Any

from sandbox.spark import outside

RESULTS = "SANDBOX_UNIT_TESTS"
"""The variable that names the file for the results."""
_MODULE = re.compile(r"No module named '([^']+)'")


def pytest_configure() -> None:
    outside.shut_off()
    _results().touch()


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        text = str(report.longrepr)
        needed = _MODULE.search(text)
        _report(report.nodeid, "broken", _last_line(text), needed[1] if needed else "")


def pytest_runtest_logreport(report: Any) -> None:
    """A test has three phases; it is told with the first that does not pass, or with its call."""
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _report(report.nodeid, "failed", crash.message if crash else _last_line(str(report.longrepr)))
    elif report.skipped or report.when == "call":
        _report(report.nodeid, report.outcome)


def _report(name: str, outcome: str, said: str = "", needs: str = "") -> None:
    line = json.dumps({"name": name, "outcome": outcome, "said": said[:500], "needs": needs})
    with _results().open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _results() -> Path:
    return Path(os.environ[RESULTS])


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
