"""What was lost on an earlier day stays red until it is there: whoever looks, and when the log has long gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa
import pytest

from acceptance import naming
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION
from acceptance.verdict.model import Outcome
from tests.faults.account import Account
from tests.playing import BROKEN, SCRIPTS, SOUND, Played, deployed

pytestmark = pytest.mark.xdist_group("earlier days")

SECTION_1 = "features/1-api-ingestion"
TWO_PAGES = "enforcement_actions_taken"
LOST = f"scripts/planning/{naming.lost_pages('DPP-426')}"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    for deployment in deployed(tmp_path_factory.mktemp("earlier-days") / "reports"):
        yield Account(deployment)


def first_page_failed(rows: pa.Table) -> pa.Table:
    """As the job leaves a page that was answered with 500: one row without a record."""
    record = next(name for name in rows.column_names if name not in API_RESPONSE_COLUMNS)
    failed = {"import_api_status_code": "500", record: ""}
    first = {**rows.slice(0, 1).to_pylist()[0], **failed}
    return pa.Table.from_pylist([first], rows.schema)


@pytest.mark.parametrize("table", [SOUND, "documents"], ids=["new", "in use"])
def test_a_page_that_failed_on_an_earlier_day(account: Account, table: str) -> None:
    played = account.deployment.play(SECTION_1, tables=table)
    assert played.exit_code == 0, played.output
    day = account.today - timedelta(days=2)
    account.add_folder(INGESTION, table, day, first_page_failed)
    account.crawl(INGESTION)
    again = account.deployment.play("--tags=@step-1.2.4", tables=table)
    message = again.failure("1.2.4", table)
    assert message.startswith(f"{table}: pages of earlier days are lost: {day:%Y%m%d}: 1 of ")
    assert again.finding("1.2.4", table).code == "earlier-pages-lost"
    assert again.failed_step("1.2.4", table) == f"no page of {table} is lost of an earlier day"


def test_a_last_page_that_left_no_row_is_remembered(account: Account) -> None:
    """The test job, and with it the log, is gone when the playbook is run again."""
    old, new = account.today - timedelta(days=9), account.today  # the job holds back what was updated today
    records = [
        {"id": str(number), "last_updated": f"{old if number <= 50 else new} 00:00:01"}
        for number in range(1, 61)
    ]
    account.deployment.box.api_faults([{"resource": TWO_PAGES, "records": records}])
    played = [account.deployment.play(SECTION_1, tables=TWO_PAGES)]
    account.deployment.box.api_faults([])
    played.append(account.deployment.play(SECTION_1, tables=TWO_PAGES))
    for each in played:
        assert each.scenario("1.2.4", TWO_PAGES).outcome is Outcome.BLOCKED
        assert each.finding("1.2.4", TWO_PAGES).code == "last-page-unknown"
    assert remembered(account) == {TWO_PAGES}


@pytest.mark.parametrize("held_back", [True, False], ids=["came the next day", "lost"])
def test_what_became_of_a_last_page(account: Account, held_back: bool) -> None:
    """Records that were updated on the day itself come with the next generation."""
    yesterday = account.today - timedelta(days=1)
    updated = yesterday if held_back else account.today - timedelta(days=9)
    records = [{"id": "1", "last_updated": f"{updated} 10:00:00", "ward_id": "1"}]
    account.deployment.box.api_faults([{"resource": BROKEN, "records": records}])
    remove_table(account, BROKEN)
    assert account.deployment.play(SECTION_1, tables=BROKEN).exit_code == 0
    account.deployment.box.api_faults([])
    account.add_folder(INGESTION, BROKEN, yesterday)
    account.crawl(INGESTION)
    loss = {"table": BROKEN, "day": f"{yesterday:%Y%m%d}", "promised": 2, "full_load": True, "written": None}
    account.s3.put_object(Bucket=SCRIPTS, Key=LOST, Body=json.dumps([loss]).encode())
    played = account.deployment.play("--tags=@step-1.2.4", tables=BROKEN)
    if held_back:
        passes(played)
        assert remembered(account) == set()
        return
    told = f"{yesterday:%Y%m%d}: 1 of the 2 pages that the API promised left no row"
    assert told in played.failure("1.2.4", BROKEN)
    assert remembered(account) == {BROKEN}


def passes(played: Played) -> None:
    assert played.scenario("1.2.4", BROKEN).outcome is Outcome.PASSED, played.output


def remembered(account: Account) -> set[str]:
    """The tables of which pages are known to be lost."""
    found = account.s3.list_objects_v2(Bucket=SCRIPTS, Prefix=LOST).get("Contents", [])
    if not found:
        return set()
    body = account.s3.get_object(Bucket=SCRIPTS, Key=LOST)["Body"].read()
    return {loss["table"] for loss in json.loads(body)}


def remove_table(account: Account, table: str) -> None:
    prefix = INGESTION.prefix(table)
    there = account.s3.list_objects_v2(Bucket="dataplatform-stg-raw-zone", Prefix=prefix).get("Contents", [])
    account.remove(INGESTION, [each["Key"] for each in there])
    if there:
        account.delete_table(INGESTION, table)
