"""docs/faults.md, docs/findings.md and the seeded faults in tests/faults say the same."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.domain.test_findings import ANY, ROOT
from tests.domain.test_findings import rows as findings
from tests.faults.seeded import Seeded

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the seeded faults need the sandbox")

FAULTS = ROOT / "tests" / "faults"
NONE = "none: "
"""How a cell begins that says why there is none."""


@dataclass(frozen=True)
class Line:
    """A row of a table of docs/faults.md."""

    section: str
    fault: str
    steps: tuple[str, ...]
    codes: tuple[str, ...]
    told: str  # in place of a code: why none is found
    tests: tuple[str, ...]  # ids without their folder, `*` for any characters


@cache
def lines() -> list[Line]:
    found, section = [], ""
    for line in (ROOT / "docs" / "faults.md").read_text("utf-8").splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        if line.startswith("| ") and not line.startswith(("| what", "|--")):
            fault, steps, finding, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            codes = tuple(re.findall(r"`([\w-]+)`", finding))
            told, named = "" if codes else finding, tuple(re.findall(r"`([^`]+)`", tests))
            found.append(Line(section, fault, _listed(steps), codes, told, named))
    return found


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(each for each in cell.split(", ") if each)


# -- the seeded faults, as pytest collects them


def collected(session: pytest.Session, paths: Iterable[Path]) -> dict[str, pytest.Function]:
    """By what docs/faults.md calls a test: its id from tests/faults on, with its case; modules are imported once."""
    return {
        item.nodeid.removeprefix("tests/faults/").replace("tests/", "../"): item
        for path in paths
        for item in session.genitems(pytest.Module.from_parent(session, path=path))
        if isinstance(item, pytest.Function)
    }


@pytest.fixture(scope="module")
def tests(request: pytest.FixtureRequest) -> dict[str, pytest.Function]:
    named = {(FAULTS / test.split("::")[0]).resolve() for line in lines() for test in line.tests}
    named = {path for path in named if "*" not in path.name}
    assert [path for path in named if not path.exists()] == []
    return collected(request.session, sorted({*named, *FAULTS.glob("test_*.py")}))


def matching(name: str, tests: Iterable[str]) -> list[str]:
    """The tests that a name is of; without a case it stands for all of them."""
    pattern = re.escape(name).replace(r"\*", ".*") + ("" if name.endswith("]") else r"(\[.*\])?")
    return [test for test in tests if re.fullmatch(pattern, test)]


def fault_of(item: pytest.Function) -> Any:
    """Of a test whose cases are data: the case's, which has a code."""
    return item.callspec.params.get("fault") if hasattr(item, "callspec") else None


def codes_of(item: pytest.Function) -> set[str]:
    """What a test expects to be found: the code of its case's fault, else those that it and its helpers name."""
    if fault := fault_of(item):
        return {code for code in (fault.code, *getattr(fault, "also", ())) if code}
    module = inspect.getmodule(item.function)
    assert module
    return {code for code in _texts(module, item.originalname) if code in findings()}


def _texts(module: ModuleType, name: str) -> Iterator[str]:
    """The texts in a function of a module, and in those of the module that it calls."""
    functions = _functions(module)
    seen, waiting = set(), [name]
    while waiting:
        if (current := waiting.pop()) in seen:
            continue
        seen.add(current)
        for node in ast.walk(functions[current]):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.Name) and node.id in functions:
                waiting.append(node.id)


@cache
def _functions(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


# -- both ways


def test_each_line_names_steps_and_findings_that_there_are() -> None:
    for line in lines():
        for code in line.codes:
            steps = findings()[code][0].split(", ")
            assert line.steps and (ANY in steps or set(line.steps) <= set(steps)), line
        assert line.codes or line.told.startswith(NONE), f"{line.fault}: neither a finding nor why not"


def test_each_test_that_a_line_names_finds_what_it_says(tests: dict[str, pytest.Function]) -> None:
    for line in lines():
        assert line.tests or not line.codes, f"{line.fault}: no seeded fault"
        expected: set[str] = set()
        for name in line.tests:
            found = matching(name, tests)
            assert found, f"there is no test {name}"
            for test in found:
                fault, codes = fault_of(tests[test]), codes_of(tests[test])
                assert not line.codes or codes & set(line.codes), f"{test} finds {codes}: {line}"
                assert not isinstance(fault, Seeded) or fault.step in line.steps, f"{test}: {line}"
                expected |= codes
        assert set(line.codes) <= expected, f"{line.fault}: no test names {set(line.codes) - expected}"


def test_each_finding_about_the_product_is_in_a_line() -> None:
    """Those that are made at any step are about access, AWS or the suite."""
    product = {
        code for code, (steps, outcomes, *_) in findings().items() if steps != ANY and outcomes != "error"
    }
    assert product - {code for line in lines() for code in line.codes} == set()


def test_each_seeded_fault_is_in_a_line(tests: dict[str, pytest.Function]) -> None:
    listed = {test for line in lines() for name in line.tests for test in matching(name, tests)}
    seeded = {
        test
        for test, item in tests.items()
        if item.path.parent == FAULTS and item.originalname and codes_of(item)
    }
    assert seeded - listed == set()


def test_no_fault_is_listed_twice() -> None:
    faults = [(line.section, line.fault) for line in lines()]
    assert len(set(faults)) == len(faults)
