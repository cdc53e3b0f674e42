"""What was lost on an earlier day stays red until it is there: whoever looks, and when the log has long gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pyarrow as pa
import pytest

from acceptance import naming
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from acceptance.verdict.model import Outcome
from tests.faults import chain as chains
from tests.faults.account import Account, Rows
from tests.faults.chain import Chain
from tests.faults.records import ORDINARY
from tests.faults.seeded import Seeded, cases, must_find
from tests.playing import BROKEN, SCRIPTS, SOUND, Played, deployed

pytestmark = pytest.mark.xdist_group("earlier days")

SECTION_1 = "features/1-api-ingestion"
PAGED = "enforcement_actions_taken"
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
    assert message.startswith(f"{table}: pages are lost: {day:%Y%m%d}: 1 of ")
    assert again.finding("1.2.4", table).code == "history-pages-lost"
    assert again.failed_step("1.2.4", table) == f"no page of {table} is lost of an earlier day"


def test_days_beyond_the_look_back(account: Account) -> None:
    """The job looks back 30 days."""
    table, long_ago = "consultations", account.today - timedelta(days=45)
    account.add_folder(INGESTION, table, long_ago)
    while account.partitions(INGESTION, table):
        account.remove(INGESTION, account.keys(INGESTION, table))
        account.drop_partitions(INGESTION, table, 1)
    account.crawl(INGESTION)
    played = account.deployment.play(SECTION_1, tables=table)
    message = played.failure("1.2.4", table)
    assert played.finding("1.2.4", table).code == "days-left-out"
    assert f"from {long_ago:%Y%m%d} to {account.today - timedelta(days=31):%Y%m%d}" in message


def test_a_full_load_after_a_long_time_leaves_no_day_out(account: Account) -> None:
    table = "enforcement_breach_details"
    assert account.deployment.play(SECTION_1, tables=table).exit_code == 0
    account.add_folder(INGESTION, table, account.today - timedelta(days=45))
    account.crawl(INGESTION)
    played = account.deployment.play("--tags=@step-1.2.4", tables=table)
    assert played.exit_code == 0, played.output


@pytest.mark.parametrize("pages", [2, 3], ids=["last", "in the middle"])
def test_a_page_that_left_no_row_is_remembered(account: Account, pages: int) -> None:
    """The test job, and with it the log, is gone when the playbook is run again."""
    old, new = account.today - timedelta(days=9), account.today  # the job holds back what was updated today
    records = [
        {"id": str(number), "last_updated": f"{new if 50 < number <= 100 else old} 00:00:01"}
        for number in range(1, 50 * (pages - 1) + 11)
    ]
    remove_table(account, PAGED)
    remove_table(account, PAGED, PARSE)
    account.deployment.box.api_faults([{"resource": PAGED, "records": records}])
    played = [account.deployment.play(SECTION_1, tables=PAGED)]
    account.deployment.box.api_faults([])
    played.append(account.deployment.play(SECTION_1, tables=PAGED))
    for each in played:
        assert each.scenario("1.2.4", PAGED).outcome is Outcome.BLOCKED
        assert each.finding("1.2.4", PAGED).code == "pages-unknown"
        assert f"page 2 of {pages} of {PAGED} left no row" in each.message("1.2.4", PAGED)
    account.run_deployed(PARSE, PAGED)
    later = account.deployment.play("--tags=@step-2.3.4", tables=PAGED)
    assert later.scenario("2.3.4", PAGED).outcome is Outcome.BLOCKED
    assert later.finding("2.3.4", PAGED).code == "pages-unknown"
    assert remembered(account) == {PAGED}


@dataclass(frozen=True)
class Day:
    """A page of a full load of yesterday left no row; what is known of it, and what today's generation has."""

    pages: dict[int, range]  # the ids on each page of yesterday's generation
    promised: int
    ids: range  # of today's records
    updated: int  # days ago
    explained: bool  # whether the page may have held nothing but records of yesterday
    asked: bool = True  # whether the job asked for the page


FIRST, THIRD = range(1, 51), range(101, 111)
MIDDLE = {1: FIRST, 3: THIRD}
DAYS = {
    "last page came": Day({1: FIRST}, 2, range(51, 53), 1, True),
    "last page lost": Day({1: FIRST}, 2, range(51, 53), 9, False),
    "page in the middle came": Day(MIDDLE, 3, range(51, 101), 1, True),
    "only a part of it came": Day(MIDDLE, 3, range(51, 81), 1, False),
    "others were updated": Day(MIDDLE, 3, FIRST, 1, False),
    "not asked for": Day(MIDDLE, 3, range(51, 101), 1, False, asked=False),
}


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_what_became_of_a_page(account: Account, day: Day) -> None:
    """Records that were updated on the day itself come with the next generation."""
    yesterday = account.today - timedelta(days=1)
    updated = account.today - timedelta(days=day.updated)
    records = [
        {"id": str(number), "last_updated": f"{updated} 10:00:00", "ward_id": "1"} for number in day.ids
    ]
    account.deployment.box.api_faults([{"resource": BROKEN, "records": records}])
    remove_table(account, BROKEN)
    assert account.deployment.play(SECTION_1, tables=BROKEN).exit_code == 0
    account.deployment.box.api_faults([])
    account.add_folder(INGESTION, BROKEN, yesterday, lambda rows: of_pages(rows, day.pages))
    account.crawl(INGESTION)
    loss = {
        "table": BROKEN,
        "day": f"{yesterday:%Y%m%d}",
        "promised": day.promised,
        "full_load": True,
        "written": None,
        "asked": day.asked,
    }
    account.s3.put_object(Bucket=SCRIPTS, Key=LOST, Body=json.dumps([loss]).encode())
    played = account.deployment.play("--tags=@step-1.2.4", tables=BROKEN)
    if day.explained:
        passes(played)
        assert remembered(account) == set()
        return
    assert played.finding("1.2.4", BROKEN).code == "history-pages-lost"
    told = f"{yesterday:%Y%m%d}: 1 of the {day.promised} pages that the API promised left no row"
    assert told in played.failure("1.2.4", BROKEN)
    assert remembered(account) == {BROKEN}


def of_pages(rows: pa.Table, pages: dict[int, range]) -> pa.Table:
    """API responses of pages with records of these ids, last updated long ago."""
    record = next(name for name in rows.column_names if name not in API_RESPONSE_COLUMNS)
    first = rows.slice(0, 1).to_pylist()[0]
    found = [
        {**first, "page_number": page, "import_api_url_requested": f"?page={page}", record: json.dumps(each)}
        for page, ids in pages.items()
        for each in ({"id": str(number), "last_updated": "2020-01-01 10:00:00"} for number in ids)
    ]
    return pa.Table.from_pylist(found, rows.schema)


def passes(played: Played) -> None:
    assert played.scenario("1.2.4", BROKEN).outcome is Outcome.PASSED, played.output


def remembered(account: Account) -> set[str]:
    """The tables of which pages are known to be lost."""
    found = account.s3.list_objects_v2(Bucket=SCRIPTS, Prefix=LOST).get("Contents", [])
    if not found:
        return set()
    body = account.s3.get_object(Bucket=SCRIPTS, Key=LOST)["Body"].read()
    return {loss["table"] for loss in json.loads(body)}


def remove_table(account: Account, table: str, stage: Stage = INGESTION) -> None:
    """Of a stage of the raw zone."""
    prefix = stage.prefix(table)
    there = account.s3.list_objects_v2(Bucket="dataplatform-stg-raw-zone", Prefix=prefix).get("Contents", [])
    account.remove(stage, [each["Key"] for each in there])
    if there:
        account.delete_table(stage, table)


# -- what each stage lost on an earlier day


NEWEST = "every id that was ingested is there in its newest version"
LOST_BEFORE = {
    "page_failed_before": Seeded(
        "history-pages-lost",
        "1.2.4",
        "no page of {table} is lost of an earlier day",
        ("{yesterday:%Y%m%d}: 1 of 2 pages failed",),
    ),
    "page_left_out_before": Seeded(
        "history-pages-lost",
        "1.2.4",
        "no page of {table} is lost of an earlier day",
        ("{yesterday:%Y%m%d}: 1 of the 3 pages that the API promised left no row",),
    ),
    "rows_lost_before": Seeded(
        "history-parse-differs",
        "2.3.4",
        "the parse of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: 1 row too few after the parse", "3 rows; none of the ids 1"),
    ),
    "rows_twice_before": Seeded(
        "history-parse-differs",
        "2.3.4",
        "the parse of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: 4 rows too many after the parse: each record is there 2 times",),
    ),
    "ids_null_before": Seeded(
        "history-parse-differs",
        "2.3.4",
        "the parse of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: only 0.0% of the rows have an id: the parse has lost it",),
    ),
    "text_changed_before": Seeded(
        "history-parse-differs",
        "2.3.4",
        "the parse of {table} was right on every earlier day",
        (
            "{yesterday:%Y%m%d}: the parse has changed values: name",
            "name is not its record's in 4 rows: the ids 1, 2, 3, 4",
        ),
    ),
    "row_not_recast_before": Seeded(
        "history-recast-differs",
        "3.2.4",
        "the recast of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: the increment has 3 rows, the parsed table 4: no increment has the ids 1",),
    ),
    "values_lost_before": Seeded(
        "history-recast-differs",
        "3.2.4",
        "the recast of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: 8 values lost in the cast: visits 4, closed 4",),
    ),
    "value_changed_before": Seeded(
        "history-recast-differs",
        "3.2.4",
        "the recast of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: 4 values changed in the cast: visits 4",),
    ),
    "text_recast_before": Seeded(
        "history-recast-differs",
        "3.2.4",
        "the recast of {table} was right on every earlier day",
        ("{yesterday:%Y%m%d}: 4 texts changed in the recast: name 4",),
    ),
    "dated_before_the_last": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        NEWEST,
        ("1 id missing, 0 in an older version", "ids 77 (imported {yesterday:%Y%m%d})"),
    ),
    "same_last_updated": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        NEWEST,
        ("0 ids missing, 4 in an older version", "ids 1 (imported {today:%Y%m%d})"),
    ),
    "older_over_newer": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        NEWEST,
        ("0 ids missing, 4 in an older version",),
    ),
}
WHOLE_BEFORE = "whole_before"


def put(**values: object) -> Rows:
    """The same rows with one value for a column."""

    def change(rows: pa.Table) -> pa.Table:
        for column, value in values.items():
            cells = pa.array([value] * rows.num_rows, rows[column].type)
            rows = rows.set_column(rows.column_names.index(column), column, cells)
        return rows

    return change


def first_id_is_another(rows: pa.Table) -> pa.Table:
    ids = rows["id"].to_pylist()
    changed = pa.array([type(ids[0])(77), *ids[1:]], rows["id"].type)
    return rows.set_column(rows.column_names.index("id"), "id", changed)


def all_records_have(**values: str) -> Rows:
    """API responses whose records have other values."""
    return partial(_changed, values, None)


def first_record_has(**values: str) -> Rows:
    return partial(_changed, values, 1)


def _changed(values: dict[str, str], number: int | None, rows: pa.Table) -> pa.Table:
    """The first records, as many, with these values."""
    name = next(name for name in rows.column_names if name not in API_RESPONSE_COLUMNS)
    records = [json.loads(record) for record in rows[name].to_pylist()]
    for record in records[:number]:
        record.update(values)
    cells = pa.array(list(map(json.dumps, records)), rows[name].type)
    return rows.set_column(rows.column_names.index(name), name, cells)


def last_on_page_3(rows: pa.Table) -> pa.Table:
    """Nobody knows what became of page 2."""
    last = rows.slice(rows.num_rows - 1)
    return pa.concat_tables([rows.slice(0, rows.num_rows - 1), put(page_number=3)(last)])


def and_a_page_that_failed(rows: pa.Table) -> pa.Table:
    failed = put(page_number=2)(first_page_failed(rows))
    return pa.concat_tables([rows, failed])


def updated_later(rows: pa.Table) -> pa.Table:
    later = [moment + timedelta(days=366) for moment in rows["last_updated"].to_pylist()]
    return rows.set_column(
        rows.column_names.index("last_updated"), "last_updated", pa.array(later, rows["last_updated"].type)
    )


EARLIER: dict[str, dict[Stage, Rows]] = {
    "page_failed_before": {INGESTION: and_a_page_that_failed},
    "rows_lost_before": {PARSE: lambda rows: rows.slice(1), RECAST: lambda rows: rows.slice(1)},
    "rows_twice_before": dict.fromkeys((PARSE, RECAST), lambda rows: pa.concat_tables([rows, rows])),
    "page_left_out_before": {INGESTION: last_on_page_3},
    "ids_null_before": {PARSE: put(id=None)},
    "text_changed_before": dict.fromkeys((PARSE, RECAST), put(name="another")),
    "row_not_recast_before": {RECAST: lambda rows: rows.slice(1)},
    "values_lost_before": {RECAST: put(visits=None, closed=None)},
    "value_changed_before": {RECAST: put(visits=99)},
    "text_recast_before": {RECAST: put(name="another")},
    "dated_before_the_last": {
        INGESTION: first_record_has(id="77"),
        **dict.fromkeys((PARSE, RECAST), first_id_is_another),
    },
    "same_last_updated": {
        INGESTION: all_records_have(name="another"),
        **dict.fromkeys((PARSE, RECAST), put(name="another")),
    },
}
"""What yesterday's data are like, where they are not like today's."""

TABLES_BEFORE = [*LOST_BEFORE, WHOLE_BEFORE]
SECTIONS = "--tags=@section-1,@section-2,@section-3,@section-4"
QUERIES = "--tags=@step-1.2.4,@step-2.3.4,@step-3.2.4,@step-4.3.4"


@pytest.fixture(scope="module")
def days_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Tables that are sound today, each with a fault of yesterday: nothing of them has been looked at before."""
    folder = tmp_path_factory.mktemp("days-apart")
    for deployment in deployed(folder / "reports"):
        chain = chains.make_sound(deployment, folder / "checkout", dict.fromkeys(TABLES_BEFORE, ORDINARY))
        played = chain.play(SECTIONS, tables=TABLES_BEFORE)
        assert played.exit_code == 0, played.output
        yesterday = chain.today - timedelta(days=1)
        for table in TABLES_BEFORE:
            for stage in (INGESTION, PARSE, RECAST):
                chain.add_folder(
                    stage, table, yesterday, EARLIER.get(table, {}).get(stage, lambda rows: rows)
                )
        chain.add_folder(SNAPSHOT, "older_over_newer", yesterday, updated_later)
        chain.rewrite(SNAPSHOT, "same_last_updated", put(name="another"))
        for stage in STAGES.values():
            chain.crawl(stage)
        yield chain


@pytest.fixture(scope="module")
def looked_at(days_apart: Chain) -> Played:
    return days_apart.play(QUERIES, tables=TABLES_BEFORE)


@cases(LOST_BEFORE)
def test_what_was_lost_yesterday(looked_at: Played, table: str, fault: Seeded) -> None:
    must_find(looked_at, table, fault)


def test_earlier_days_that_are_whole(looked_at: Played) -> None:
    looked_at.passes(WHOLE_BEFORE)


@pytest.mark.parametrize(
    ("tag", "step", "name"),
    [("@step-4.3.4", "4.3.4", ""), ("@user-acceptance", "user-acceptance", "rows to explore")],
)
def test_a_later_section_alone_does_not_turn_green(days_apart: Chain, tag: str, step: str, name: str) -> None:
    """The day under test is judged with the earlier ones there, since nobody else does."""
    played = days_apart.play(f"--tags={tag}", tables=TABLES_BEFORE)
    found = {table: [f.code for f in played.scenario(step, table, name).findings] for table in LOST_BEFORE}
    assert found == {table: [fault.code] for table, fault in LOST_BEFORE.items()}
    played.passes(WHOLE_BEFORE)


def test_a_file_of_today_without_rows(days_apart: Chain) -> None:
    days_apart.rewrite(PARSE, WHOLE_BEFORE, lambda rows: rows.slice(0, 0))
    played = days_apart.play("--tags=@step-2.3.4", tables=[WHOLE_BEFORE])
    assert played.failed_steps("2.3.4", WHOLE_BEFORE)[0] == "last_import_date is today"
    assert played.finding("2.3.4", WHOLE_BEFORE).code == "generation-not-todays"
