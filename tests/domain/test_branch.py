"""The Data Platform repository, as real git checkouts in many shapes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from acceptance.branch.checkout import DICTIONARY, TERRAFORM, DataPlatform
from acceptance.branch.dictionary import parse_dictionary
from acceptance.branch.terraform import parse_lists
from acceptance.settings import ALL_TABLES, SettingsError


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Jane", "-c", "user.email=jane@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def terraform(daily: list[str], weekly: list[str]) -> str:
    lists = {"tascomi_table_names": daily, "tascomi_static_tables": weekly}
    return (
        "locals {\n" + "".join(f"  {name} = {json.dumps(tables)}\n" for name, tables in lists.items()) + "}\n"
    )


def commit(folder: Path, daily: list[str], weekly: list[str], dictionary: object = None) -> None:
    (folder / TERRAFORM).parent.mkdir(parents=True, exist_ok=True)
    (folder / TERRAFORM).write_text(terraform(daily, weekly))
    (folder / DICTIONARY).parent.mkdir(parents=True, exist_ok=True)
    (folder / DICTIONARY).write_text(
        json.dumps(dictionary or {"integer": {"wards": ["id"], "parks": ["id"]}})
    )
    git(folder, "add", "-A")
    git(folder, "commit", "-m", "change")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "platform"
    folder.mkdir()
    git(folder, "init", "-b", "main")
    commit(folder, ["appeals"], ["fees"])
    return folder


def branch(folder: Path, name: str, daily: list[str], weekly: list[str]) -> None:
    git(folder, "checkout", "-b", name, "main")
    commit(folder, daily, weekly)


def refused(folder: Path, ticket: str = "DPP-426", name: str = "", tables: tuple[str, ...] = ()) -> str:
    with pytest.raises(SettingsError) as caught:
        DataPlatform(folder, ticket, name).tables(tables)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["DPP-426", "dpp-426", "feature/DPP-426-add-wards", "jane_DPP-426"])
def test_tables_under_test_are_what_the_tickets_branch_adds(checkout: Path, name: str) -> None:
    branch(checkout, name, ["appeals", "wards"], ["fees", "parks"])
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.branch.name == name
    assert platform.tables(()) == ("wards", "parks")


def test_a_branch_of_another_ticket_does_not_count(checkout: Path) -> None:
    branch(checkout, "DPP-4260", ["appeals", "wards"], [])
    branch(checkout, "XDPP-426", ["appeals", "wards"], [])
    assert "no branch of" in refused(checkout)


def test_several_branches_must_be_named(checkout: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "wards"], [])
    branch(checkout, "DPP-426-again", ["appeals", "parks"], [])
    assert "several branches refer to DPP-426: DPP-426, DPP-426-again" in refused(checkout)
    assert DataPlatform(checkout, "DPP-426", "DPP-426-again").tables(()) == ("parks",)


def test_a_clone_has_the_branch_as_a_remote_one(checkout: Path, tmp_path: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "wards"], [])
    git(checkout, "checkout", "main")
    git(tmp_path, "clone", str(checkout), "clone")
    platform = DataPlatform(tmp_path / "clone", "DPP-426")
    assert platform.branch.name == "origin/DPP-426"
    assert platform.tables(()) == ("wards",)


def test_what_main_gained_since_is_not_the_branchs_doing(checkout: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "wards"], [])
    git(checkout, "checkout", "main")
    commit(checkout, ["appeals", "parks"], [])
    assert DataPlatform(checkout, "DPP-426").tables(()) == ("wards",)


def test_all_and_named_tables(checkout: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "wards"], ["fees"])
    platform = DataPlatform(checkout, "DPP-426")
    assert platform.tables(ALL_TABLES) == ("appeals", "wards", "fees")
    assert platform.tables(("fees",)) == ("fees",)
    assert platform.tables(("parks",)) == ("parks",)  # only the dictionary knows it


def test_a_table_that_nothing_knows(checkout: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "wards"], [])
    assert "did you mean 'wards'?" in refused(checkout, tables=("wardz",))


def test_a_branch_without_new_tables(checkout: Path) -> None:
    branch(checkout, "DPP-426", ["appeals", "fees"], [])
    assert "adds no table" in refused(checkout)


def test_not_a_checkout(tmp_path: Path) -> None:
    assert "is not a git checkout" in refused(tmp_path)


def test_no_such_branch(checkout: Path) -> None:
    assert "no branch 'nowhere'" in refused(checkout, name="nowhere")


def test_lists_with_comments_and_expressions_around_them() -> None:
    text = """
    locals {
      # daily
      tascomi_table_names = [
        "appeals", // main one
        "contacts",
      ]
      tascomi_static_tables = ["wards"] /* weekly */
      all = join(",", concat(local.tascomi_table_names, local.tascomi_static_tables))
    }
    """
    lists = parse_lists(text, "x.tf")
    assert (lists.daily, lists.weekly) == (("appeals", "contacts"), ("wards",))


@pytest.mark.parametrize(
    "text",
    [
        "locals {",
        "locals {\n}",
        'locals {\n tascomi_table_names = "a"\n tascomi_static_tables = []\n}',
        "][",
        "",
    ],
)
def test_bad_terraform_is_told_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^x\.tf [^\n]+$"):
        parse_lists(text, "x.tf")


def test_a_space_in_a_list_is_told_with_the_name_that_is_meant(checkout: Path) -> None:
    """Terraform takes it, and the jobs then look for a table of that name."""
    branch(checkout, "DPP-426", ["appeals", "wards "], ["fees"])
    message = refused(checkout)
    assert "has 'wards ' in tascomi_table_names, with a space too many: write 'wards'." in message
    assert "The jobs take the space for a part of the name" in message


def test_dictionary_bare_or_wrapped() -> None:
    bare = {"integer": {"wards": ["id"]}}
    assert parse_dictionary(json.dumps(bare), "d") == [bare]
    assert parse_dictionary(json.dumps([bare, {"integer": {}}]), "d") == [bare, {"integer": {}}]


@pytest.mark.parametrize("text", ["", "[", "[]", "3", '{"integer": ["id"]}'])
def test_bad_dictionary_is_told_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^d is not [^\n]+$"):
        parse_dictionary(text, "d")
