"""Seeded faults of section 0: what a branch gets wrong before anything is run, and who may not do what."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from acceptance.branch.checkout import DICTIONARY, SCRIPTS, DataPlatform
from acceptance.pipeline import PARSE, SNAPSHOT
from acceptance.privacy import errors_in_words
from acceptance.settings import SettingsError
from acceptance.verdict.model import Outcome, State
from sandbox import repository
from tests.faults.checkouts import (
    PARSE_RULES,
    SNAPSHOT_RULES,
    Checkout,
    Dictionary,
    type_columns,
)
from tests.faults.seeded import Seeded, cases, must_find
from tests.playing import Deployment, Played, deployed

pytestmark = pytest.mark.xdist_group("section 0")

SECTION_0 = "features/0-before-you-start"
ACCESS = f"{SECTION_0}/1-access.feature"
WORKGROUP = "planning"

TYPES_STEP = "the dictionary types the columns of {table}"
LISTS_STEP = "{table} is in exactly one of the Terraform lists"
PARSE_STEP = "the parse script has the rules for {table}"
SNAPSHOT_STEP = "the daily snapshot script has the rules for {table}"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A deployment for all tests of this module: branches do not touch it."""
    yield from deployed(tmp_path_factory.mktemp("section-0") / "reports")


def play(
    deployment: Deployment, checkout: Checkout, *arguments: str, tables: str = "", path: str = SECTION_0
) -> Played:
    return deployment.play(path, "-D", f"data_platform={checkout.folder}", *arguments, tables=tables)


# -- one branch on which each table is wrong in its own way


def _types(*told: str) -> Seeded:
    return Seeded("dictionary-wrong", "column-types", TYPES_STEP, told)


def _lists(code: str, *told: str) -> Seeded:
    return Seeded(code, "terraform", LISTS_STEP, told)


def _rules(step: str, *told: str) -> Seeded:
    return Seeded("rules-wrong", "data-quality", step, told)


FAULTS = {
    "not_in_dictionary": _types("the table is not in it"),
    "misspelt_table": _types("the table is not in it (is mispelt_table meant?)"),
    "unknown_type": _types("enabled has the unknown type bool (is boolean meant?)"),
    "two_types": _types("ward_id has the types integer and long"),
    "no_name": _types("'Submit-Date' is no column's name"),
    "second_object": _types(
        "id, ward_id stand in a second object of the list, of which the recast job reads the first alone",
    ),
    "asset_constraints": _types("asset_id is listed as integer", "left out on purpose"),
    "in_both_lists": _lists(
        "table-listed-twice", "in the Terraform lists more than once", "daily list and weekly list"
    ),
    "twice_in_a_list": _lists(
        "table-listed-twice", "in the Terraform lists more than once", "daily list and daily list"
    ),
    "in_no_list": _lists("table-not-listed", "in no Terraform list", "append the table to one of the lists"),
    "no_parse_rules": _rules(PARSE_STEP, "no entry: the job would check nothing and pass"),
    "parse_by_id_alone": _rules(PARSE_STEP, "'unique' is ['id'], not ['id', 'import_date']"),
    "nothing_complete": _rules(PARSE_STEP, "'complete' is missing"),
    "two_complete": _rules(PARSE_STEP, "'complete' is ['id', 'name'], not one column's name"),
    "unknown_rule": _rules(PARSE_STEP, "unknown rules uniqe"),
    "users": _rules(PARSE_STEP, "'complete' is nickname, which is no column of users"),
    "no_snapshot_rules": _rules(SNAPSHOT_STEP, "no entry: the job would check nothing and pass"),
    "snapshot_by_date": _rules(SNAPSHOT_STEP, "'unique' is ['id', 'import_date'], not ['id']"),
    "snapshot_by_text": _rules(SNAPSHOT_STEP, "'unique' is id, not ['id']"),
}
SOUND = (
    "all_right",
    "complete_by_type",  # `complete` on a column that the dictionary types
    "complete_by_text",  # on one of text, of which nothing is known yet
    "wards",  # on one of text, of a table that is there already
    "text_id",  # an id that is no number
    "annotated",
)


@pytest.fixture(scope="module")
def played(standing: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Played:
    checkout = Checkout.make(tmp_path_factory.mktemp("tables") / "checkout")
    new = [table for table in (*FAULTS, *SOUND) if table not in ("asset_constraints", "users", "wards")]
    checkout.add(table for table in new if table != "in_no_list")
    checkout.add(["twice_in_a_list"])
    checkout.add(["in_both_lists"], weekly=True)
    checkout.add_all_rules(new)
    checkout.add_rules(
        PARSE,
        {
            "parse_by_id_alone": {"unique": ["id"], "complete": "id"},
            "nothing_complete": {"unique": ["id", "import_date"]},
            "two_complete": PARSE_RULES | {"complete": ["id", "name"]},
            "unknown_rule": PARSE_RULES | {"uniqe": ["id"]},
            "users": PARSE_RULES | {"complete": "nickname"},
            "complete_by_type": PARSE_RULES | {"complete": "ward_id"},
            "complete_by_text": PARSE_RULES | {"complete": "description"},
            "wards": PARSE_RULES | {"complete": "name"},
        },
    )
    checkout.add_rules(
        SNAPSHOT,
        {"snapshot_by_date": {"unique": ["id", "import_date"]}, "snapshot_by_text": {"unique": "id"}},
    )
    for stage, table in ((PARSE, "no_parse_rules"), (SNAPSHOT, "no_snapshot_rules")):
        rules = PARSE_RULES if stage is PARSE else SNAPSHOT_RULES
        checkout.replace(SCRIPTS + stage.script, f"    {table!r}: {rules!r},\n", "")
    checkout.replace(
        SCRIPTS + PARSE.script, "\ndq_params = {", "\ndq_params: dict[str, dict[str, object]] = {"
    )

    def change(dictionary: Dictionary) -> None:
        for table in set(new) - {"not_in_dictionary", "misspelt_table", "second_object"}:
            type_columns(dictionary, table, integer="id ward_id", timestamp="last_updated")
        type_columns(dictionary, "mispelt_table", integer="id ward_id")
        type_columns(dictionary, "unknown_type", bool="enabled")
        type_columns(dictionary, "two_types", long="ward_id")
        type_columns(dictionary, "no_name", timestamp="Submit-Date")
        type_columns(dictionary, "asset_constraints", integer="asset_id")
        type_columns(dictionary, "text_id", integer="ward_id")

    checkout.change_dictionary(
        change, wrapped=lambda first: [first, {"integer": {"second_object": ["id", "ward_id"]}}]
    )
    return play(standing, checkout.commit(), tables=",".join((*FAULTS, *SOUND)))


@cases(FAULTS)
def test_a_table_that_is_wrong_in_its_own_way(played: Played, table: str, fault: Seeded) -> None:
    must_find(played, table, fault)


def test_tables_that_are_right_pass_beside_them(played: Played) -> None:
    failed = {table for _, table in played.failed()}
    assert failed - {""} == set(FAULTS)
    for table in SOUND:
        played.passes(table)
    assert "the column description of the data quality rules is not known" in str(
        played.scenario("data-quality", "complete_by_text").notes
    )
    assert played.scenario("data-quality", "wards").notes == []
    assert played.scenario("column-types", "text_id").notes == [
        "text_id: the dictionary leaves id as text; step 3.2.4 sees whether it is"
    ]


# -- branches that hurt tables not under test


def test_tables_not_under_test_are_left_alone(standing: Deployment, tmp_path: Path) -> None:
    """Entries added (the playbook's warning), changed and removed; tables dropped and moved; main moved on."""
    checkout = Checkout.make(tmp_path / "checkout")

    def change(dictionary: Dictionary) -> None:
        type_columns(dictionary, "asset_constraints", integer="id")
        type_columns(dictionary, "pre_applications", timestamp="received_date")
        dictionary["integer"].pop("wards")
        dictionary["timestamp"]["users"].remove("ceased_date")
        dictionary["date"]["users"] = ["ceased_date"]
        dictionary["integer"]["action_types"].remove("id")  # no list has it yet: nobody is hurt
        for columns in dictionary["integer"].values():
            columns.reverse()  # another order is no change

    checkout.change_dictionary(change)
    checkout.drop("teams")
    checkout.drop("notice_types")
    checkout.add(["notice_types"])
    checkout.changed[SCRIPTS + SNAPSHOT.script] = "dq_params = read_rules()\n"
    checkout.commit()
    repository.commit(checkout.folder, "main", {"README.md": "moved on\n"}, "Move on")
    played = play(standing, checkout)

    assert played.finding("column-types", name="tables in use").code == "other-tables-retyped"
    message = played.failure("column-types", name="tables in use")
    for told in (
        "asset_constraints: id from text to integer",
        "pre_applications: received_date from text to timestamp",
        "wards: creation_user_id from integer to text",
        "users: ceased_date from timestamp to date",
        "asset_constraints, pre_applications stays out of the dictionary on purpose",
    ):
        assert told in message
    assert "action_types" not in message and "teams" not in message and "enforcement" not in message
    assert played.finding("terraform", name="leaves the pipeline").code == "tables-dropped"
    dropped = played.failure("terraform", name="leaves the pipeline")
    assert dropped.startswith("the branch takes tables out of the pipeline: teams\n")
    assert played.scenario("terraform", name="leaves the pipeline").notes == [
        "notice_types moves from weekly to daily ingestion"
    ]
    assert "main is 1 commit ahead" in played.scenario("branch").notes[0]
    assert played.finding("data-quality", "enforcement_outcomes").code == "rules-unreadable"
    script = played.failure("data-quality", "enforcement_outcomes")
    assert script.startswith("tascomi_create_daily_snapshot.py cannot be read: malformed node")
    assert played.outcomes("enforcement_outcomes")["terraform"] is Outcome.PASSED


def test_a_moved_table_is_told_and_not_failed(standing: Deployment, tmp_path: Path) -> None:
    """Nor a dictionary without its list, words around the ticket in the branch's name, a clone with remote branches."""
    origin = Checkout.make(tmp_path / "origin")
    origin.drop("users")
    origin.add(["users"])
    origin.change_dictionary(lambda dictionary: None, wrapped=lambda dictionary: dictionary)
    origin.commit()
    origin.git("branch", "--move", "DPP-426", "feature/dpp-426-enforcement")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(origin.folder), str(clone)], check=True)
    copy = Checkout(clone)
    copy.git("switch", "--quiet", "--detach")
    copy.git("branch", "--quiet", "--delete", "--force", "main")
    played = play(standing, copy)
    assert played.exit_code == 0, played.output
    assert played.verdict.branch == "origin/feature/dpp-426-enforcement"
    assert played.scenario("terraform", name="leaves the pipeline").notes == [
        "users moves from weekly to daily ingestion"
    ]


def test_a_branch_named_otherwise_without_rules(standing: Deployment, tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout")
    checkout.replace(SCRIPTS + PARSE.script, "\ndq_params = {", "\nquality_rules = {")
    checkout.commit()
    checkout.git("branch", "--move", "DPP-426", "enforcement-tables")
    played = play(standing, checkout, "-D", "branch=enforcement-tables", tables="enforcement_outcomes")
    assert played.finding("branch").code == "branch-not-of-ticket"
    assert played.failure("branch").startswith("the branch enforcement-tables does not refer to DPP-426\n")
    assert played.finding("data-quality", "enforcement_outcomes").code == "rules-unreadable"
    message = played.failure("data-quality", "enforcement_outcomes")
    assert message.startswith("tascomi_parse_tables_increments.py has no dict called dq_params\n")
    assert played.failed() == [("branch", ""), ("data-quality", "enforcement_outcomes")]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("Upper_Case", "Upper_Case: write tables in lower case"),
        ("a_space ", "with a space too many: write 'a_space'"),
    ],
)
def test_a_list_entry_that_no_job_would_find(tmp_path: Path, entry: str, told: str) -> None:
    checkout = Checkout.make(tmp_path / "checkout")
    checkout.add([entry])
    checkout.commit()
    with pytest.raises(SettingsError, match=told) as caught:
        DataPlatform(checkout.folder, "DPP-426").tables(())
    assert errors_in_words.finding_of(caught.value).code == "bad-input"


def test_a_dictionary_that_is_none(standing: Deployment, tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout")
    checkout.changed[DICTIONARY] = "[]"
    checkout.commit()
    process = standing.start(SECTION_0, "-D", f"data_platform={checkout.folder}")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert output.strip().endswith(f"DPP-426:{DICTIONARY} is not a dictionary of types, tables and columns")


# -- access


def test_all_that_is_denied_is_told_at_once(standing: Deployment) -> None:
    """Denied access says nothing of the product: an error, not a failure."""
    denied = {"__type": "AccessDeniedException", "message": "not authorized"}
    standing.box.faults(
        [
            {"service": "glue", "action": "GetTables", "match": "refined", "status": 400, "body": denied},
            {"service": "athena", "action": "GetWorkGroup", "status": 400, "body": denied},
            {
                "service": "s3",
                "action": "ListObjectsV2",
                "match": "raw-zone",
                "status": 403,
                "body": {"Code": "AccessDenied", "Message": "Access Denied"},
            },
        ]
    )
    try:
        played = standing.play(ACCESS)
    finally:
        standing.box.faults([])
    assert played.exit_code == 1
    assert played.verdict.state is State.ERROR
    scenario = played.scenario("access")
    assert scenario.outcome is Outcome.ERROR
    assert played.finding("access").code == "access-missing"
    assert (
        "access denied to athena:GetWorkGroup, s3:ListBucket on dataplatform-stg-raw-zone, "
        "glue:GetTables on dataplatform-stg-tascomi-refined-zone; ask the Data Platform team"
        in played.message("access")
    )


def test_workgroup_that_enforces_nothing(standing: Deployment) -> None:
    athena = standing.client("athena")
    right = athena.get_work_group(WorkGroup=WORKGROUP)["WorkGroup"]["Configuration"]

    def recreate(configuration: dict[str, Any]) -> None:
        with suppress(athena.exceptions.InvalidRequestException):
            athena.delete_work_group(WorkGroup=WORKGROUP, RecursiveDeleteOption=True)
        athena.create_work_group(Name=WORKGROUP, Configuration=configuration)

    try:
        recreate({**right, "EnforceWorkGroupConfiguration": False})
        lax = standing.play(ACCESS)
    finally:
        recreate(right)
    step = f'the workgroup "{WORKGROUP}" keeps its own place for results'
    assert lax.finding("access").code == "workgroup-not-set-up"
    assert lax.failed_step("access") == step
    place = "state ENABLED, results in s3://dataplatform-stg-athena-results/planning/, not enforced"
    assert place in lax.failure("access")
