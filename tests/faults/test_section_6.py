"""Seeded faults of a release: its pull request, its deployment, its first night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.branch.checkout import DICTIONARY
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.verdict import file
from acceptance.verdict.model import Outcome, State
from sandbox import repository
from tests.aws import Played
from tests.domain.verdicts import green
from tests.faults import releases
from tests.faults.releases import IN_USE, LEFT, PROD, RETYPED, Production, codes, scenario
from tests.playing import BROKEN, SOUND, Deployment
from tests.policies import Policy

release = pytest.mark.xdist_group("release")

PULL_REQUEST, DEPLOYED, NIGHT = "--tags=@step-6.1", "--tags=@step-6.2", "--tags=@step-6.3"
RAW, REFINED = (PROD.bucket(stage.zone) for stage in (PARSE, RECAST))
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Released, and nothing has run since."""
    with releases.production(tmp_path_factory.mktemp("release")) as found:
        yield found


@pytest.fixture(scope="module")
def verified(evening: Production) -> Production:
    """Pre-production has passed the branch's commit."""
    passed = green()
    folder = evening.reports / "reports" / "DPP-426" / passed.run_id
    folder.mkdir(parents=True)
    branch = repository._git(evening.checkout, "rev-parse", "DPP-426").strip()
    file.write(replace(passed, commit=branch[:12], tables=(BROKEN, SOUND)), folder / "verdict.json")
    return evening


# -- the evening


@pytest.fixture(scope="module")
def before_due(verified: Production) -> Played:
    selected = f"--tags=@section-6 or (@step-1.2.3 and @table.{SOUND})"
    return verified.play(selected, checkout=_merged_today(verified))


def _merged_today(found: Production) -> Path:
    return releases.checkout(found.reports / "today", datetime.now(UTC))


@release
def test_before_its_hour_a_night_is_no_fault(before_due: Played) -> None:
    found = scenario(before_due, "6.3", f"the first night has brought {BROKEN}")
    assert found.outcome is Outcome.BLOCKED
    assert codes(found) == {"first-night-not-due"}
    tomorrow = TODAY + timedelta(days=1)
    assert found.finding and f"is due at 02:00 UTC on {tomorrow}" in found.finding.what
    assert before_due.verdict and before_due.verdict.count(Outcome.FAILED) == 0


@release
def test_what_is_missing_in_production_may_still_come(before_due: Played) -> None:
    """Not “no data of today, step 1.2.1”: nobody runs that step there."""
    assert codes(scenario(before_due, "1.2.3", SOUND)) == {"first-night-not-due"}


@release
def test_a_release_that_is_deployed_whole(before_due: Played) -> None:
    assert before_due.verdict
    steps = [s for s in before_due.verdict.scenarios if s.step in ("6.1", "6.2") and s.table != SOUND]
    found = {s.outcome for s in steps}
    assert found == {Outcome.PASSED}, before_due.output
    notes = scenario(before_due, "6.2", "the night is known").notes
    assert f"the first night of {BROKEN} begins at 02:00 UTC on {TODAY + timedelta(days=1)}" in notes


@release
def test_a_night_that_brings_nothing(verified: Production) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=4)
    played = verified.play(NIGHT, tables=LEFT, checkout=releases.checkout(verified.reports / "ago", long_ago))
    found = scenario(played, "6.3", f"the first night has brought {LEFT}")
    assert codes(found) == {"first-night-missed"}
    assert len(found.findings) == len(STAGES)


@release
def test_what_is_not_deployed_as_main_has_it(verified: Production) -> None:
    """Many faults on one evening, each at one stage; all of them are repaired."""
    glue, s3 = verified.client("glue"), verified.client("s3")
    scripts, jobs = PROD.scripts_bucket, {stage: verified.job(stage) for stage in STAGES.values()}
    before = {stage: glue.get_job(JobName=name)["Job"] for stage, name in jobs.items()}
    crawler = glue.get_crawler(Name=PARSE.crawler)["Crawler"]
    kept = {
        key: s3.get_object(Bucket=scripts, Key=key)["Body"].read()
        for key in (
            f"scripts/planning/{PARSE.script}",
            "scripts/planning/tascomi-column-type-dictionary.json",
            "scripts/helpers/helpers.py",
        )
    }
    older = releases.text(verified.checkout, f"scripts/jobs/planning/{PARSE.script}", "DPP-426^")
    names = f"prod tascomi {BROKEN} ingestion trigger", f"prod tascomi {SOUND} ingestion trigger"
    triggers = {name: glue.get_trigger(Name=name)["Trigger"] for name in names}
    listed = before[PARSE]["DefaultArguments"]["--table_list"].split(",")
    try:
        for key, content in zip(
            kept, (older.encode(), b"[{}]", kept["scripts/helpers/helpers.py"] + b"\n"), strict=True
        ):
            s3.put_object(Bucket=scripts, Key=key, Body=content)
        _list(glue, before, PARSE, [table for table in listed if table != BROKEN])
        _list(glue, before, RECAST, [f" {table}" if table == SOUND else table for table in listed])
        _list(glue, before, SNAPSHOT, [*listed, SOUND], **{"--deequ_metrics_location": "s3://elsewhere/"})
        glue.delete_trigger(Name=names[0])
        glue.update_trigger(
            Name=names[1],
            TriggerUpdate={"Schedule": "cron(0 5 * * ? *)", "Actions": triggers[names[1]]["Actions"]},
        )
        glue.stop_trigger(Name="prod-tascomi-recast-tables-increments-planning-job-trigger")
        glue.stop_trigger(Name="prod-tascomi-recast-tables-increments-planning-crawler-trigger")
        targets = {"S3Targets": [{**crawler["Targets"]["S3Targets"][0], "Exclusions": ["*.json"]}]}
        glue.update_crawler(Name=PARSE.crawler, Targets=targets)
        s3.put_object(Bucket=scripts, Key=f"scripts/planning/{PARSE.script[:-3]}-DPP-426.py", Body=b"left")
        played = verified.play(DEPLOYED)
    finally:
        for key, content in kept.items():
            s3.put_object(Bucket=scripts, Key=key, Body=content)
        for stage in (PARSE, RECAST, SNAPSHOT):
            _list(glue, before, stage, listed)
        glue.create_trigger(
            **{k: v for k, v in triggers[names[0]].items() if k != "State"}, StartOnCreation=True
        )
        update = {k: triggers[names[1]][k] for k in ("Schedule", "Actions")}
        glue.update_trigger(Name=names[1], TriggerUpdate=update)
        for kind in ("job", "crawler"):
            glue.start_trigger(Name=f"prod-tascomi-recast-tables-increments-planning-{kind}-trigger")
        glue.update_crawler(Name=PARSE.crawler, Targets=crawler["Targets"])
        s3.delete_object(Bucket=scripts, Key=f"scripts/planning/{PARSE.script[:-3]}-DPP-426.py")
    found = {s.name: codes(s) for s in played.verdict.scenarios} if played.verdict else {}
    assert found == {
        "the API ingestion job is deployed": {
            "code-not-mains",
            "deployed-list-differs",
            "trigger-time-differs",
        },
        "the parse job is deployed": {"code-not-mains", "deployed-list-differs"},
        "the recast job is deployed": {"code-not-mains", "deployed-list-differs", "triggers-off"},
        "the daily snapshot job is deployed": {
            "code-not-mains",
            "deployed-list-differs",
            "parameters-not-terraforms",
        },
        "the crawler of the API ingestion is deployed": set(),
        "the crawler of the parse is deployed": {"crawler-not-terraforms"},
        "the crawler of the recast is deployed": {"triggers-off"},
        "the crawler of the daily snapshot is deployed": set(),
        "the column type dictionary is deployed": {"code-not-mains"},
        "nothing of the tests is left, and the night is known": {"tests-left"},
    }, played.output
    told = played.output
    assert f"missing: '{BROKEN}'" in told and f"in no list of main: ' {SOUND}'" in told
    assert f"more than once: '{SOUND}'" in told
    assert "an earlier version, which" in told


def _list(glue: Any, before: dict[Stage, Any], stage: Stage, tables: list[str], **others: str) -> None:
    """Deploy a job again, with these tables and some other parameters."""
    unset = ("Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity", "ProfileName")
    job = {name: value for name, value in before[stage].items() if name not in unset}
    arguments = {**job["DefaultArguments"], "--table_list": ",".join(tables), **others}
    glue.update_job(JobName=before[stage]["Name"], JobUpdate={**job, "DefaultArguments": arguments})


# -- the morning


@pytest.fixture(scope="module")
def morning(verified: Production, before_due: Played) -> Production:
    """After the first night. `before_due`: what looks at the evening has looked."""
    releases.night(verified)
    return verified


@pytest.fixture(scope="module")
def whole(morning: Production) -> Played:
    return morning.play()


@release
def test_a_release_that_went_well(whole: Played) -> None:
    """Production is played without a selection: once the branch is in main, its release is played too."""
    assert whole.verdict and whole.verdict.state is State.PASSED, whole.output
    steps = {s.step for s in whole.verdict.scenarios}
    assert {"6.2", "6.3"} <= steps and "6.1" not in steps
    compared = scenario(whole, "6.3", "the refined zone's tables").steps[1].evidence[0]
    assert int(compared.facts["Had a night since"]) > 40


@release
def test_a_release_takes_the_policys_actions_and_no_others(whole: Played) -> None:
    policy = Policy.read("iam/production.json")
    missing = policy.missing(whole.calls)
    assert {need for need in missing if "dataplatform-stg-" not in need[1]} == set()
    at_a_deadline, of_a_way_back = (
        {"athena:StopQueryExecution"},
        {"glue:GetJobBookmark", "glue:GetJobRuns", "s3:ListBucketVersions"},  # with something to go back from
    )
    assert policy.unused(whole.calls) == at_a_deadline | of_a_way_back


@release
def test_a_release_that_hurts_tables_in_use(morning: Production, whole: Played) -> None:
    """One is gone, one rewritten, one left behind, one cut; and one has other types, as the real DPP-426 made them."""
    glue, s3, days = morning.client("glue"), morning.client("s3"), timedelta(days=1)
    refined = PROD.database(RECAST.zone)
    dictionary = releases.retyped(morning.checkout, RETYPED, "main")[DICTIONARY]
    s3.put_object(
        Bucket=PROD.scripts_bucket,
        Key="scripts/planning/tascomi-column-type-dictionary.json",
        Body=dictionary.encode(),
    )
    for stage in (INGESTION, PARSE, RECAST):
        morning.run(stage, RETYPED)
    glue.delete_table(DatabaseName=refined, Name="increment_contacts")
    old = releases.first_object(s3, REFINED, SNAPSHOT.partition_prefix("documents", TODAY - days))
    s3.copy_object(
        Bucket=REFINED, Key=old, CopySource={"Bucket": REFINED, "Key": old}, MetadataDirective="REPLACE"
    )
    values = list(SNAPSHOT.partition_values(TODAY))
    glue.delete_partition(DatabaseName=refined, TableName="fees", PartitionValues=values)
    releases.lose_rows(morning, "conditions", TODAY)
    played = morning.play(NIGHT, tables=SOUND)
    hurt = scenario(played, "6.3", "the refined zone's tables")
    assert codes(hurt) == {"released-table-gone", "released-table-retyped", "released-table-rewritten"}
    told = " ".join(finding.observed for finding in hurt.findings)
    assert f"increment_{RETYPED}: " in told and "from int in" in told and "to bigint in" in told
    assert "increment_contacts: " in told and "documents: 1 object of" in told
    late = scenario(played, "6.3", "the night has reached the tables already there")
    assert codes(late) == {"released-table-left-behind", "released-table-lost-rows"}
    assert "conditions: " in late.findings[1].observed
    assert late.finding and "fees: " in late.finding.observed and IN_USE not in late.finding.observed


# -- the pull request


@release
def test_a_merge_with_conflicts(verified: Production) -> None:
    place = releases.checkout(verified.reports / "conflict")
    repository.commit(
        place,
        "main",
        releases.lists_with(place, "tree_orders", "enforcements", "main"),
        "Add the tree orders",
    )
    played = verified.play(PULL_REQUEST, checkout=place)
    assert codes(scenario(played, "6.1", "the branch can be merged")) == {"merge-conflict"}
    assert not {
        step.text for step in scenario(played, "6.1", "can be merged").steps if step.outcome is Outcome.FAILED
    } - {"it merges into main as main is now"}


@release
def test_a_change_that_hurts(verified: Production) -> None:
    place = releases.checkout(verified.reports / "hurtful")
    helper = "scripts/helpers/helpers.py"
    test = {"scripts/tests/planning/test_parse.py": "from tascomi_parse_tables_increments import parse\n"}
    script = f"scripts/jobs/planning/{SNAPSHOT.script}"
    changes = (
        releases.retyped(place, RETYPED)
        | {helper: releases.text(place, helper) + "\n"}
        | {script: releases.text(place, script) + "\nprint('more')\n"}
        | {"README.md": "more\n"}
        | test
    )
    repository.commit(place, "DPP-426", changes, "Change more than a ticket has to")
    main = releases.lists_with(place, BROKEN, "public_notices", "main")
    repository.commit(place, "main", main, "Add the same table in another place")
    played = verified.play(PULL_REQUEST, checkout=place)
    found = scenario(played, "6.1", "the branch can be merged")
    assert codes(found) == {"merge-lists-wrong", "merge-retypes-tables", "helpers-changed"}, played.output
    assert {
        "not of a ticket that adds tables: README.md",
        f"not of a ticket that adds tables: {helper}",
        f"not of a ticket that adds tables: {script}, beside dq_params",
        f"unit tests of scripts/jobs/planning/{PARSE.script}: scripts/tests/planning/test_parse.py",
        f"{helper} has no unit test",
    } <= set(found.notes)
    unverified = scenario(played, "6.1", "what pre-production has verified")
    assert codes(unverified) == {"not-verified"} and unverified.outcome is Outcome.BLOCKED
    assert unverified.finding and "behave -D ticket=DPP-426 -D env=stg" in unverified.finding.what


# -- elsewhere


@pytest.mark.xdist_group("shared")
def test_pre_production_on_the_evening(shared: Deployment, tmp_path: Path) -> None:
    """Its triggers are to be off; and a branch that is not in main is no fault of the deployment."""
    glue, name = shared.client("glue"), "stg tascomi wards ingestion trigger"
    place = releases.checkout(tmp_path / "checkout", datetime.now(UTC))
    glue.start_trigger(Name=name)
    try:
        played = shared.play(DEPLOYED, "-D", f"data_platform={place}")
    finally:
        glue.stop_trigger(Name=name)
    found = played.scenario("6.2", name="the API ingestion job")
    assert codes(found) == {"deployed-list-differs", "triggers-on"}
    unmerged = shared.play("--tags=@after-release")
    assert {s.outcome for s in unmerged.verdict.scenarios} == {Outcome.BLOCKED}
    assert unmerged.finding("6.2", name="the parse job").code == "not-merged"
    assert unmerged.verdict.count(Outcome.FAILED) == 0
