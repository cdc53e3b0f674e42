"""Seeded faults of section 5: each turns one Then red and no other; what others do meanwhile is told, and stays green.

Most need no run of the pipeline: the tables of the past days are there, and are broken through AWS's own protocol.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa
import pytest

from acceptance.environments import Zone
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT
from acceptance.verdict.model import Outcome, State
from sandbox import repository
from tests.faults.account import LOCAL, Account, retype, with_columns
from tests.playing import Deployment, Played, deployed
from tests.restoring import CRAWLER

SECTION_5 = "features/5-acceptance"
USER_ACCEPTANCE = f"{SECTION_5}/1-user-acceptance.feature"
UNDISTURBED = f"{SECTION_5}/2-undisturbed.feature"
API_CHANGES = f"{SECTION_5}/3-api-changes.feature"
ADVICE = f"{SECTION_5}/4-advice.feature"
RECORD = "--tags=@step-1.1.2"  # changes no table, and is the first to record what there is
SCRIPTS = "scripts/jobs/planning/"


@pytest.fixture
def account(deployment: Deployment) -> Account:
    return Account(deployment)


@pytest.fixture(scope="module")
def past_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """For tests that spoil tables of their own, each of another stage, and run nothing of the ticket's."""
    for deployment in deployed(tmp_path_factory.mktemp("past-days") / "reports"):
        yield Account(deployment)


def notes(played: Played, step: str, table: str = "", name: str = "") -> str:
    return "\n".join(played.scenario(step, table, name).notes)


def failed_zones(played: Played) -> dict[str, tuple[str, str]]:
    """zone -> the sentence that failed of the feature of tables undisturbed, and the first finding's code."""
    return {
        zone: (
            next(step.text for step in result.steps if step.outcome is Outcome.FAILED),
            result.finding.code,
        )
        for zone in Zone
        if (result := played.scenario("undisturbed", name=f"{zone} zone")).finding
        and result.outcome is Outcome.FAILED
    }


# -- user acceptance


@pytest.mark.xdist_group("past days")
def test_tables_that_their_readers_cannot_use(past_days: Account) -> None:
    past_days.crawl(SNAPSHOT)
    past_days.delete_table(SNAPSHOT, "documents")
    past_days.change_table(SNAPSHOT, "appeals", retype("application_id", "string"))
    past_days.drop_partitions(SNAPSHOT, "assets", newest=2)
    past_days.drop_partitions(SNAPSHOT, "wards", newest=2)  # of the same age, and weekly
    past_days.drop_partitions(SNAPSHOT, "fees")
    past_days.remove(SNAPSHOT, past_days.keys(SNAPSHOT, "contacts"))
    tables = "documents,appeals,assets,wards,fees,contacts,enforcement_breaches,emails"
    played = past_days.deployment.play(USER_ACCEPTANCE, tables=tables)

    finding, rows = "columns as the API", "rows to explore"
    codes = {
        (table, name): played.finding("user-acceptance", table, name).code
        for table, name in (("documents", finding), ("appeals", finding), ("assets", rows))
    }
    assert list(codes.values()) == ["table-missing", "columns-wrong", "generation-old"]
    assert "documents: the table documents is not in" in played.failure(
        "user-acceptance", "documents", finding
    )
    assert played.failed_step("user-acceptance", "documents", finding) == "the table is there"
    assert "application_id is string" in played.failure("user-acceptance", "appeals", finding)
    assert played.failed_step("user-acceptance", "appeals", finding).startswith("its columns have types")
    oldest = f"{past_days.today - timedelta(days=3):%Y%m%d}"
    message = played.failure("user-acceptance", "assets", rows)
    assert message.startswith(f"assets: the newest data is of {oldest}, 3 days old")
    assert "in the daily list" in message
    assert played.failed_step("user-acceptance", "assets", rows).startswith("they are as fresh")
    assert played.finding("user-acceptance", "fees", rows).code == "no-generation"
    empty = played.scenario("user-acceptance", "contacts", rows)
    assert [finding.code for finding in empty.findings] == ["generation-empty", "snapshot-empty"]
    assert played.failed_steps("user-acceptance", "contacts", rows)[0] == "there are rows to explore"
    assert played.finding("user-acceptance", "enforcement_breaches", finding).code == "no-snapshot"
    assert played.message("user-acceptance", "enforcement_breaches", finding) == (
        "blocked: there is no snapshot of enforcement_breaches yet (step 4.3.2)"
    )
    played.passes("wards")
    played.passes("emails")
    assert len(played.failed()) == 5


@pytest.mark.xdist_group("past days")
def test_a_snapshot_that_nobody_has_crawled(past_days: Account) -> None:
    new, glue = "enforcement_outcomes", past_days.glue
    time.sleep(1)  # S3 tells whole seconds: what is newer than a crawl must be seen to be
    key = f"{SNAPSHOT.partition_prefix(new, past_days.today)}part-0.parquet"
    past_days.s3.put_object(Bucket=LOCAL.bucket(Zone.REFINED), Key=key, Body=b"a snapshot")

    def finding() -> str:
        played = past_days.deployment.play(USER_ACCEPTANCE, tables=new)
        return played.finding("user-acceptance", new, "columns as the API").code

    assert finding() == "snapshot-not-crawled"
    crawler = glue.get_crawler(Name=SNAPSHOT.crawler)["Crawler"]
    glue.delete_crawler(Name=SNAPSHOT.crawler)
    try:
        assert finding() == "no-crawler"
    finally:
        glue.create_crawler(**{name: crawler[name] for name in ("Name", *CRAWLER) if name in crawler})
        past_days.remove(SNAPSHOT, [key])


# -- undisturbed

SAME_ROWS = "the generations that were their newest have the rows that they had"
ITS_OWN_ALONE = "a newer generation comes from the deployed pipeline alone"


def test_what_others_do_meanwhile_is_told_and_is_no_disturbance(account: Account) -> None:
    """A crawl registers what was there before; the deployed job brings new data, with a new column."""
    account.add_folder(SNAPSHOT, "fees", account.today)
    time.sleep(1)  # S3 tells whole seconds: what was there before must be seen to be
    played = account.deployment.play(RECORD)
    assert played.exit_code == 0, played.output
    account.crawl(SNAPSHOT)
    account.deployment.box.api_faults(
        [{"resource": "appeals", "rename_field": ["grounds_of_appeal", "grounds"]}]
    )
    for stage in (INGESTION, PARSE):
        account.run_deployed(stage, "appeals")
    # a table under test in another run of the day is none of those that were there already
    assert account.deployment.play(RECORD, tables="wards").exit_code == 0
    account.delete_table(SNAPSHOT, "wards")

    played = account.deployment.play(UNDISTURBED)
    assert played.exit_code == 0, played.output
    told = notes(played, "undisturbed", name="refined zone")
    assert "fees has the new generation" in told
    assert "its data was there before; a crawl has only now registered it" in told
    told = notes(played, "undisturbed", name="raw zone")
    assert "api_response_appeals has the new generation" in told
    assert "of “stg tascomi_api_ingestion_planning”" in told
    assert "appeals has gained the column grounds: written by run" in told


def test_tables_disturbed(account: Account) -> None:
    assert account.deployment.play(RECORD).exit_code == 0
    bucket, key = LOCAL.bucket(Zone.REFINED), account.keys(SNAPSHOT, "documents")[0]
    original = account.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    whole = account.read(SNAPSHOT, key)
    account.write(SNAPSHOT, key, whole.slice(20))
    account.drop_partitions(SNAPSHOT, "wards", newest=1)
    account.delete_table(PARSE, "contacts")
    played = account.deployment.play(UNDISTURBED)
    assert failed_zones(played) == {
        Zone.RAW: ("none of them is gone", "other-table-gone"),
        Zone.REFINED: (SAME_ROWS, "other-table-data-changed"),
    }
    message = played.failure("undisturbed", name="raw zone")
    assert message.startswith("tables not under test are disturbed: contacts: contacts is gone")
    message = played.failure("undisturbed", name="refined zone")
    assert message.startswith("tables not under test are disturbed: documents, wards: ")
    newest = f"{account.today - timedelta(days=1):%Y%m%d}"
    counts = f"{len(whole)} rows → {len(whole) - 20} rows"
    assert f"documents has lost rows in the generation {newest}: {counts}" in message
    assert f"wards no longer has the generation {newest}" in message

    account.s3.put_object(Bucket=bucket, Key=key, Body=original)
    account.add_folder(SNAPSHOT, "fees", account.today)  # after the record, by nobody's job run
    account.crawl(SNAPSHOT)
    older = account.keys(PARSE, "emails", back=1)[0]
    rows = account.read(PARSE, older)
    account.write(PARSE, older, rows.append_column("surprise", pa.array([1] * len(rows))))
    account.crawl(PARSE)
    played = account.deployment.play(UNDISTURBED)
    assert failed_zones(played) == {
        Zone.RAW: (
            "they have the columns, partition keys and location that they had",
            "other-table-schema-changed",
        ),
        Zone.REFINED: (ITS_OWN_ALONE, "other-table-generation-added"),
    }
    message = played.failure("undisturbed", name="raw zone")
    assert message.startswith(
        "tables not under test are disturbed: emails: emails has gained the column surprise"
    )
    assert "not there → bigint" in message
    message = played.failure("undisturbed", name="refined zone")
    assert message.startswith("tables not under test are disturbed: fees: fees has the new generation")

    path = account.deployment.reports / "DPP-426" / "baseline-local.json"
    record = json.loads(path.read_bytes())
    record["place"]["account"] = "999999999999"
    path.write_text(json.dumps(record))
    played = account.deployment.play(UNDISTURBED)
    assert played.verdict.state is State.BLOCKED
    assert played.finding("undisturbed", name="raw zone").code == "no-record-of-tables"


def test_branch_code_that_writes_into_others_tables(account: Account) -> None:
    """The test jobs' scripts do what they should, and a little more: all else is as in a healthy run."""
    parse, snapshot = (f"{SCRIPTS}{stage.script}" for stage in (PARSE, SNAPSHOT))
    folder = account.deployment.box.data_platform
    key = account.keys(PARSE, "appeals")[0]
    bucket = LOCAL.bucket(Zone.RAW)
    code = {path: repository._git(folder, "show", f"DPP-426:{path}") for path in (parse, snapshot)}
    code[parse] += (
        f"    source = {{'Bucket': {bucket!r}, 'Key': {key!r}}}\n"
        "    from helpers import aws\n"
        f"    aws('s3').copy_object(Bucket={bucket!r}, Key={key + '.again.parquet'!r}, CopySource=source)\n"
    )
    taken = 'args["table_list"].split(",")'
    assert taken in code[snapshot]
    code[snapshot] = code[snapshot].replace(taken, f'[*{taken}, "documents"]')
    repository.commit(folder, "DPP-426", code, "Write elsewhere too")

    actions, outcomes = "enforcement_actions_taken", "enforcement_outcomes"
    played = account.deployment.play(tables=f"{actions},{outcomes}")
    assert failed_zones(played) == {
        Zone.RAW: (SAME_ROWS, "other-table-data-changed"),
        Zone.REFINED: (ITS_OWN_ALONE, "other-table-generation-added"),
    }
    assert "appeals has been written to in the generation" in played.failure("undisturbed", name="raw zone")
    message = played.failure("undisturbed", name="refined zone")
    assert f"documents has the new generation {account.today:%Y%m%d}" in message
    assert played.failed() == [("undisturbed", "")] * 2
    played.passes(actions)
    played.passes(outcomes)

    told = notes(played, "advice", actions, "look-ups")
    assert "consider adding: action_type_id to action_types" in told
    assert "court_decision_id, injunction_decision_id name no resource" in told
    assert "appeal_decision" not in told and "user_id" not in told
    told = notes(played, "advice", outcomes, "look-ups")
    assert told.endswith("enforcement_outcome_type_id to enforcement_outcome_types")
    assert "not known yet: 1 generation" in notes(played, "advice", outcomes, "how often")
    assert "first generation" in notes(played, "api-changes", outcomes)
    assert "consider adding" in (played.folder / "report.html").read_text("utf-8")


# -- changes in the API


@pytest.mark.xdist_group("past days")
def test_changes_in_the_api(past_days: Account) -> None:
    past_days.deployment.box.api_faults(
        [{"resource": "appeals", "rename_field": ["grounds_of_appeal", "grounds"]}]
    )
    for stage in (INGESTION, PARSE):
        past_days.run_deployed(stage, "appeals")
    past_days.deployment.box.api_faults([])
    past_days.add_partition(PARSE, "users", past_days.today, {})
    past_days.add_partition(
        PARSE, "contacts", past_days.today, past_days.columns(PARSE, "contacts") | {"pronouns": "string"}
    )
    columns = past_days.columns(PARSE, "applications")
    columns["heat_pump_count"] = columns.pop("proposal")
    past_days.add_partition(PARSE, "applications", past_days.today, columns)

    played = past_days.deployment.play(API_CHANGES, tables="appeals,users,documents")
    others = "tables already in the pipeline"
    assert "new grounds; gone grounds_of_appeal" in notes(played, "api-changes", "appeals")
    assert "contacts: columns have changed" in notes(played, "api-changes", name=others)
    assert played.finding("api-changes", "users").code == "generation-without-columns"
    assert played.failed_step("api-changes", "users") == "I am told which columns are new or gone"
    assert notes(played, "api-changes", "documents") == ""
    assert played.failed() == [("api-changes", "users"), ("api-changes", "")]
    _advises_to_ask(played, name=others)

    played = past_days.deployment.play(API_CHANGES, tables="applications,users")
    _advises_to_ask(played, table="applications")


def _advises_to_ask(played: Played, **where: str) -> None:
    assert played.finding("api-changes", **where).code == "widest-table-changed"
    message = played.failure("api-changes", **where)
    assert "new heat_pump_count; gone proposal" in message
    assert "seek the Data Platform team's advice" in message
    assert played.failed_step("api-changes", **where) == 'none of them is a column of "applications"'


# -- advice


@pytest.mark.xdist_group("past days")
def test_advice_on_tables_in_use(past_days: Account) -> None:
    for back in range(3):
        past_days.remove(RECAST, past_days.keys(RECAST, "fees", back))
    past_days.delete_table(RECAST, "committees")
    past_days.change_table(PARSE, "emails", with_columns({"page_number": "bigint"}))
    played = past_days.deployment.play(
        ADVICE, tables="documents,applications,wards,contacts,fees,emails,committees"
    )
    often, look_ups = "how often", "look-ups"
    assert "changed on 2 of 2 days: daily ingestion fits" in notes(played, "advice", "documents", often)
    told = notes(played, "advice", "applications", often)
    assert "weekly ingestion would fit" in told and "consider tascomi_static_tables" in told
    assert "not known yet: 1 generation" in notes(played, "advice", "wards", often)
    assert notes(played, "advice", "documents", look_ups) == ""
    assert "title_type_id names no resource that is known here" in notes(
        played, "advice", "contacts", look_ups
    )
    assert played.finding("advice", "committees", often).code == "no-increments"
    assert played.finding("advice", "fees", often).code == "increments-empty"
    assert played.finding("advice", "emails", look_ups).code == "no-parsed-columns"
    assert len(played.failed()) == 2
