"""The sample Data Platform repository."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest

from sandbox import repository
from sandbox.tascomi.resources import column_type_dictionary, resources

PLANNING = "scripts/jobs/planning"
TERRAFORM = "terraform/etl/24-aws-glue-tascomi-data.tf"
NEW = [
    "enforcement_actions_taken",
    "enforcement_breach_details",
    "enforcement_breaches",
    "enforcement_outcomes",
]
UNCHECKED = {"breach_types", "communication_templates", "decision_levels"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository.create(tmp_path_factory.mktemp("data-platform"))


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


def lists(checkout: Path, branch: str) -> dict[str, list[str]]:
    """The Terraform lists by name."""
    parsed = hcl2.loads(git(checkout, "show", f"{branch}:{TERRAFORM}"))
    (block,) = parsed["locals"]
    return {
        name: [json.loads(table) if table.startswith('"') else table for table in block[name]]
        for name in ("tascomi_table_names", "tascomi_static_tables")
    }


def dq_params(checkout: Path, branch: str, script: str) -> dict[str, Any]:
    tree = ast.parse(git(checkout, "show", f"{branch}:{PLANNING}/{script}.py"))
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "dq_params"
    )
    found: dict[str, Any] = ast.literal_eval(value)
    return found


def test_main_is_checked_out_clean_beside_the_ticket_s_branch(checkout: Path) -> None:
    assert git(checkout, "branch", "--format=%(refname:short)").split() == ["DPP-426", "main"]
    assert git(checkout, "branch", "--show-current").strip() == "main"
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "merge-base", "main", "DPP-426") == git(checkout, "rev-parse", "main")


def test_the_branch_adds_four_daily_tables_and_their_checks_alone(checkout: Path) -> None:
    main, branch = lists(checkout, "main"), lists(checkout, "DPP-426")
    assert sorted(set(branch["tascomi_table_names"]) - set(main["tascomi_table_names"])) == NEW
    assert branch["tascomi_static_tables"] == main["tascomi_static_tables"]
    changed = git(checkout, "diff", "--numstat", "main", "DPP-426").splitlines()
    assert [line.split("\t") for line in changed] == [
        ["4", "0", f"{PLANNING}/tascomi_create_daily_snapshot.py"],
        ["4", "0", f"{PLANNING}/tascomi_parse_tables_increments.py"],
        ["4", "0", TERRAFORM],
    ]


def test_lists_are_those_of_the_api_s_resources(checkout: Path) -> None:
    for branch, ticket in (("main", ""), ("DPP-426", "DPP-426")):
        wanted = [each for each in resources().values() if each.ticket in ("", ticket)]
        found = lists(checkout, branch)
        assert found["tascomi_table_names"] == sorted(r.name for r in wanted if r.schedule == "daily")
        assert found["tascomi_static_tables"] == sorted(r.name for r in wanted if r.schedule == "weekly")


@pytest.mark.parametrize("branch", ["main", "DPP-426"])
def test_checks_of_all_tables_but_three(checkout: Path, branch: str) -> None:
    tables = {table for found in lists(checkout, branch).values() for table in found}
    parse = dq_params(checkout, branch, "tascomi_parse_tables_increments")
    snapshot = dq_params(checkout, branch, "tascomi_create_daily_snapshot")
    assert set(parse) == set(snapshot) == tables - UNCHECKED
    assert {name: checks["complete"] for name, checks in parse.items()} == {
        name: resources()[name].complete for name in parse
    }
    assert all(checks["unique"] == ["id", "import_date"] for checks in parse.values())
    assert all(checks["unique"] == ["id"] for checks in snapshot.values())


def test_dictionary_types_the_resources_columns(checkout: Path) -> None:
    text = git(checkout, "show", f"main:{PLANNING}/tascomi-column-type-dictionary.json")
    (dictionary,) = json.loads(text)
    assert dictionary == column_type_dictionary()
    assert set(NEW) <= set(dictionary["integer"])
    assert not {"asset_constraints", "pre_applications"} & {
        name for kind in dictionary.values() for name in kind
    }
    assert dictionary["boolean"]["enforcement_actions_taken"] == [
        "appeal_received",
        "compliance",
        "postponed",
    ]


def test_commits_are_the_same_everywhere(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "gitconfig"
    odd.write_text("[core]\n autocrlf = true\n[user]\n name = Somebody\n[commit]\n gpgsign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(odd))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    other = repository.create(tmp_path / "data-platform")
    monkeypatch.undo()
    assert git(other, "rev-parse", "main", "DPP-426") == git(checkout, "rev-parse", "main", "DPP-426")


def test_a_commit_onto_a_new_branch_and_onto_it_again(tmp_path: Path) -> None:
    checkout = repository.create(tmp_path / "data-platform")
    repository.commit(checkout, "DPP-500", {"README.md": "one\n"}, "First")
    repository.commit(checkout, "DPP-500", {"docs/notes.md": "two\n"}, "Second")
    assert git(checkout, "log", "--format=%s", "main..DPP-500").split() == ["Second", "First"]
    assert git(checkout, "show", "DPP-500:README.md") == "one\n"
    assert git(checkout, "status", "--porcelain", "--branch") == "## main\n"
    repository.commit(checkout, "main", {"README.md": "three\n"}, "Third")
    assert (checkout / "README.md").read_text() == "three\n"
    assert git(checkout, "status", "--porcelain") == ""
