"""docs/findings.md lists the findings that the code can make, and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from acceptance.verdict.model import Outcome
from tests.faults.seeded import FAULTS

ROOT = Path(__file__).parents[2]
MAKERS = {"Finding", "Failure", "Blocked", "NothingNew", "NotRun"}
ANY = "any"  # in the table: whatever the step


def rows() -> dict[str, list[str]]:
    """By code: its steps, outcomes, cause and remedy."""
    lines = (ROOT / "docs" / "findings.md").read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    found = {code.strip("`"): others for code, *others in cells}
    assert len(found) == len(cells), "a code is listed twice"
    return found


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for package in ("acceptance", "harness", "steps"):
        for path in (ROOT / package).rglob("*.py"):
            yield path, ast.parse(path.read_text("utf-8"))


def codes_of(node: ast.expr) -> list[str]:
    """A literal, or each of several among which a condition decides."""
    if isinstance(node, ast.IfExp):
        return [*codes_of(node.body), *codes_of(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def in_code() -> Iterator[str]:
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _of_call(node, path)
            elif isinstance(node, ast.ClassDef):  # of an error of the suite
                for line in node.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                        yield from codes_of(line.value)


def _of_call(call: ast.Call, path: Path) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from codes_of(keyword.value)
    if isinstance(call.func, ast.Name) and call.func.id in MAKERS:
        first = call.args[0]
        found = codes_of(first)
        assert found or ast.unparse(first) in ("code", "self.code"), (
            f"{path}:{call.lineno} has no literal code"
        )
        yield from found


def test_the_table_lists_what_the_code_can_find() -> None:
    assert set(rows()) == set(in_code())


def test_a_code_is_words_with_hyphens() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in rows())


def test_each_row_says_steps_outcomes_cause_and_remedy() -> None:
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "features").rglob("*.feature"))
    known = {ANY, *re.findall(r"^@(?:step-)?([\w.-]+)", text, re.MULTILINE)}
    for code, (steps, outcomes, cause, remedy) in rows().items():
        assert set(steps.split(", ")) <= known, code
        assert set(outcomes.split(", ")) <= set(map(str, Outcome)) - {"passed"}, code
        assert cause.endswith(".") and remedy.endswith("."), code


def test_seeded_faults_are_found_where_the_table_says() -> None:
    steps = {code: row[0].split(", ") for code, row in rows().items()}
    assert [fault for fault in FAULTS.values() if fault.step not in steps[fault.code]] == []


def test_every_step_has_a_finding() -> None:
    listed = set(chain.from_iterable(row[0].split(", ") for row in rows().values()))
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "features").rglob("*.feature"))
    assert set(re.findall(r"^@step-([\d.]+)", text, re.MULTILINE)) <= listed
