"""A pytest plugin: writes down how each test ends, and the verdict of each run of the playbook in it.

    pytest -n 0 -p tests.steadiness.record --basetemp=FOLDER --record=FILE

A line of JSON each: {"what": …, "verdict": …, "good": …}. Runs are found below `basetemp`, where tests keep their
reports, in the order in which they ended; those of a shared fixture belong to the first test that asks for it, which is
the same each time where one process runs all tests in their order. `--list=FILE` collects only, and writes which tests
share what they are about: {name: [ids]}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.verdict.file import read
from tests.steadiness.digest import told


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path)
    parser.addoption("--list", type=Path)


def pytest_configure(config: pytest.Config) -> None:
    if file := config.option.record:
        config.pluginmanager.register(Record(file, Path(config.option.basetemp)))


def pytest_collection_finish(session: pytest.Session) -> None:
    if file := session.config.option.list:
        shares: dict[str, list[str]] = {}
        for item in session.items:
            group = item.get_closest_marker("xdist_group")
            name = group.args[0] if group else Path(item.location[0]).stem.removeprefix("test_")
            shares.setdefault(name, []).append(f"{item.path}::{item.nodeid.partition('::')[2]}")
        file.write_text(json.dumps(shares))


class Record:
    def __init__(self, file: Path, folder: Path) -> None:
        self.file, self.folder = file, folder
        self.seen: set[Path] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for number, path in enumerate(self._new_runs(), 1):
                self._write(f"{report.nodeid}, run {number}", told(read(path)), True)
        if report.when == "call" or not report.passed:
            self._write(f"{report.nodeid}, {report.when}", report.outcome, report.passed)

    def _new_runs(self) -> Iterator[Path]:
        found = set(self.folder.rglob("verdict.json")) - self.seen
        self.seen |= found
        yield from sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def _write(self, what: str, verdict: str, good: bool) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps({"what": what, "verdict": verdict, "good": good}) + "\n")
