"""The way back, without AWS: what a plan is known by, when it is refused, its commands, how main took a branch in."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.branch.checkout import DataPlatform
from acceptance.rollback import refusals, text
from acceptance.rollback.actions import (
    Action,
    BringBack,
    DeleteObject,
    DeletePartition,
    DeleteTable,
    RestoreTable,
    Rewind,
)
from acceptance.rollback.carry_out import Begun
from acceptance.rollback.commands import commands_of, copies_of
from acceptance.rollback.plan import MOST_COMMANDS, Loss, Step, WayBack
from acceptance.rollback.survey import Survey, Work
from acceptance.settings import SettingsError
from tests.faults.checkouts import Checkout

RAW = "dataplatform-stg-raw-zone"
FOLDER = "planning/tascomi/parsed/trees/"
OBJECT = DeleteObject(RAW, f"{FOLDER}import_date=20261128/a b.parquet", '"e1"', 10)
OWN = Work(
    Step("Remove 1 object", f"s3://{RAW}/{FOLDER}", "it is empty", "trees", "parse", 1, 10),
    (DeleteTable("dataplatform-stg-tascomi-raw-zone", "trees"), OBJECT),
)
PARTITION = DeletePartition("dataplatform-stg-tascomi-raw-zone", "wards", ("2026", "11", "28", "20261128"))
SHARED = Work(
    Step(
        "Take 1 partition out",
        f"s3://{RAW}/planning/tascomi/parsed/wards/",
        "-",
        "wards",
        "parse",
        shared=True,
    ),
    (PARTITION,),
)
REWIND = Work(
    Step("Rewind", "stg parse", "-", stage="parse", rewind_to="jr_1", shared=True),
    (Rewind("stg parse", "jr_1", "jr_2"),),
)


def survey(*works: Work, keeps: bool = True) -> Survey:
    return Survey(works, (), None, {RAW: keeps})


FOUND = survey(OWN, SHARED, REWIND)


def test_a_plan_is_known_by_what_it_would_do() -> None:
    again = survey(REWIND, OWN, SHARED)  # in whatever order
    other = survey(replace(OWN, actions=(OWN.actions[0], replace(OBJECT, etag='"e2"'))), SHARED, REWIND)
    assert FOUND.fingerprint == again.fingerprint != other.fingerprint


def test_only_what_was_shown_is_done() -> None:
    refusals.refuse_other_plan(FOUND, FOUND.fingerprint, None)
    with pytest.raises(SettingsError, match="--yes needs --plan"):
        refusals.refuse_other_plan(FOUND, "", None)
    with pytest.raises(SettingsError, match="not what the plan 0123 was drawn from"):
        refusals.refuse_other_plan(FOUND, "0123", None)


def test_one_that_was_begun_goes_on_with_what_is_left() -> None:
    begun = Begun(FOUND.fingerprint, FOUND.lines)
    left = survey(SHARED, REWIND)
    refusals.refuse_other_plan(left, begun.fingerprint, begun)
    refusals.refuse_other_plan(left, left.fingerprint, begun)  # shown anew meanwhile
    with pytest.raises(SettingsError, match="not what the plan 0123 was drawn from"):
        refusals.refuse_other_plan(left, "0123", begun)


def test_what_has_come_since_is_not_part_of_it() -> None:
    begun = Begun(FOUND.fingerprint, FOUND.lines)
    more = survey(Work(OWN.step, (replace(OBJECT, key=f"{FOLDER}new.parquet"),)))
    refusals.refuse_other_plan(more, more.fingerprint, begun)  # but where it was shown
    with pytest.raises(
        SettingsError, match=r"something has come that is not part of it \(delete .*new.parquet"
    ):
        refusals.refuse_other_plan(more, begun.fingerprint, begun)


def test_where_nothing_is_left_no_other_plan_is_carried_out() -> None:
    """It was killed when all was done and its record was removed: the same command again ends well."""
    refusals.refuse_other_plan(survey(), FOUND.fingerprint, None)


def test_tables_that_others_read_are_named_or_left() -> None:
    assert refusals.chosen(FOUND, "wards") == [OWN, SHARED, REWIND]
    assert refusals.chosen(FOUND, "none") == [OWN]
    for nothing in (None, "trees"):
        with pytest.raises(SettingsError, match=r"others read wards|--tables names trees"):
            refusals.chosen(FOUND, nothing)


def test_the_bookmark_alone_is_left_of_a_table() -> None:
    """Interrupted between the two: the same command still does it."""
    left = survey(Work(SHARED.step), REWIND)
    assert refusals.chosen(left, "wards") == [REWIND]
    with pytest.raises(SettingsError, match="others read wards"):
        refusals.chosen(left, None)


def test_what_the_command_still_needs() -> None:
    assert refusals.still_needed(FOUND, []) == ["--tables=…"]
    assert refusals.still_needed(survey(OWN, keeps=False), ["--yes"]) == ["--trash=s3://…"]
    assert refusals.still_needed(survey(OWN), []) == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (OBJECT, ["s3api", "delete-object", "--bucket", RAW, "--key", OBJECT.key]),
        (PARTITION, ["--partition-values", "2026", "11", "28", "20261128"]),
        (
            Rewind("stg tascomi parse", "jr_1", "jr_2"),
            ["--job-name", "stg tascomi parse", "--run-id", "jr_1"],
        ),
        (
            BringBack(RAW, "a b/c=1/x", "v1", 3),
            ["--copy-source", f"{RAW}/a%20b/c%3D1/x?versionId=v1", "--metadata-directive", "REPLACE"],
        ),
    ],
)
def test_commands_are_quoted_for_a_shell(action: Action, words: list[str]) -> None:
    (command,) = commands_of([action])
    found = shlex.split(command)
    assert found[0] == "aws"
    assert " ".join(words) in " ".join(found)
    assert set(words) <= set(found)


def test_a_description_is_restored_from_what_glue_keeps() -> None:
    (command,) = commands_of([RestoreTable("db", "wards", "3", ("Name", "StorageDescriptor"))])
    outer, _, inner = command.partition(' --table-input "$(')
    assert shlex.split(outer) == ["aws", "glue", "update-table", "--database-name", "db"]
    words = shlex.split(inner.removesuffix(')"'))
    assert words[:3] == ["aws", "glue", "get-table-version"]
    assert "TableVersion.Table.{Name: Name, StorageDescriptor: StorageDescriptor}" in words


def test_a_new_table_goes_by_its_folder() -> None:
    assert commands_of(OWN.actions, OWN.step) == [
        "aws glue delete-table --database-name dataplatform-stg-tascomi-raw-zone --name trees",
        f"aws s3 rm --recursive s3://{RAW}/{FOLDER}",
    ]
    assert copies_of(OWN.actions, "s3://trash/t/", OWN.step) == [
        f"aws s3 cp --recursive s3://{RAW}/{FOLDER} s3://trash/t/{RAW}/{FOLDER}"
    ]


def test_a_long_step_shows_its_first_commands() -> None:
    many = [replace(OBJECT, key=f"{FOLDER}{number}.parquet") for number in range(MOST_COMMANDS + 5)]
    shared = Work(replace(OWN.step, shared=True), tuple(many))
    (step,) = survey(shared).way_back().steps
    assert (len(step.commands), step.more_commands) == (MOST_COMMANDS, 5)
    assert "# and 5 commands more" in text.render("DPP-426", "Pre-production", survey(shared).way_back())


def test_what_is_lost_stands_first() -> None:
    loss = Loss(
        "the generation is not what it was", "the bucket keeps no versions", "ask for a backup", "wards"
    )
    told = text.render("DPP-426", "Production", WayBack("0123", (OWN.step,), (loss,)))
    assert told.index("What cannot be restored") < told.index("In this order")
    assert "`wards`: the generation is not what it was, since the bucket keeps no versions" in told


# -- how main took the branch in


def merged(folder: Path, *how: str, subject: str = "Merge the tables") -> DataPlatform:
    checkout = Checkout.make(folder)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    checkout.git("checkout", "-q", "main")
    checkout.git(*identity, "merge", "-q", *how, checkout.branch)
    if "--squash" in how:
        checkout.git(*identity, "commit", "-q", "-m", subject)
    return DataPlatform(folder, "DPP-426")


def test_a_merge_is_reverted_against_main(tmp_path: Path) -> None:
    platform = merged(tmp_path / "merge", "--no-ff", "-m", "Merge the tables")
    assert platform.release and platform.release.revert == f"git revert -m 1 {platform.main.commit}"
    assert "enforcement_breaches" not in platform.before.lists.all


def test_a_squashed_branch_is_reverted_as_a_commit(tmp_path: Path) -> None:
    platform = merged(tmp_path / "squash", "--squash", subject="Add four tables")
    assert platform.release and platform.release.revert == f"git revert {platform.main.commit}"
    assert "enforcement_breaches" not in platform.before.lists.all


def test_nothing_to_revert(tmp_path: Path) -> None:
    Checkout.make(tmp_path / "unmerged")
    platform = DataPlatform(tmp_path / "unmerged", "DPP-426")
    assert platform.release is None
    assert platform.before is platform.base
