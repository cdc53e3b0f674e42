"""What must be found of the tables with faults, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from acceptance.evidence import Kind
from acceptance.pipeline import LOOKBACK
from acceptance.verdict.model import Outcome, ScenarioResult
from tests.faults.records import (
    NO_RESOURCE,
    ORDINARY,
    OTHER_RECORDS,
    SOUND,
    TAMPERED,
    THREE_PAGES,
    TWO_PAGES,
    TYPES,
    UNCOMPARED,
)
from tests.playing import Played


@dataclass(frozen=True)
class Seeded:
    """A fault: what must be found of it, where, and what must be said of it."""

    code: str
    step: str
    then: str  # the sentence of the step that fails; {table} stands for the table
    told: tuple[str, ...]  # words of the message, with {days} as placeholders, say {yesterday:%Y%m%d}
    also: tuple[str, ...] = ()  # what later Thens of the scenario find, that do not build on this one
    shared: bool = False  # told of a crawl or job run that serves all tables, and not of the table


def cases(faults: Mapping[str, Seeded]) -> pytest.MarkDecorator:
    """Parametrize a test with tables and the fault of each, which docs/faults.md is compared with."""
    return pytest.mark.parametrize(("table", "fault"), faults.items(), ids=list(faults))


def days(today: date) -> dict[str, date]:
    """The days that tables are broken on. `long_ago` is too old for the checks of a table that is in use."""
    long_ago = today - LOOKBACK - timedelta(days=6)
    return {"today": today, "yesterday": today - timedelta(days=1), "long_ago": long_ago}


def must_find(played: Played, table: str, seeded: Seeded) -> None:
    """The one scenario of the table that failed is the right one, at the right Then, in the right words."""
    assert [step for step, failed in played.failed() if failed == table] == [seeded.step], played.outcomes(
        table
    )
    scenario = played.scenario(seeded.step, table)
    assert [finding.code for finding in scenario.findings] == [seeded.code, *seeded.also]
    assert played.failed_steps(seeded.step, table)[0] == seeded.then.format(table=table)
    _queries_find_rows(scenario)
    message = played.failure(seeded.step, table)
    assert message.startswith(f"{table}: ") is not seeded.shared
    for words in seeded.told:
        assert words.format_map(days(played.verdict.started.date())) in message, message


def _queries_find_rows(scenario: ScenarioResult) -> None:
    """Whatever query a finding shows has found rows; where it speaks of one, there is one."""
    for step in scenario.steps:
        if step.outcome is Outcome.FAILED and step.finding:
            queries = [each for each in step.evidence if each.kind is Kind.QUERY]
            assert [each.title for each in queries if each.facts.get("Rows") == "0"] == []
            assert queries or "quer" not in step.finding.look or "checks' query" in step.finding.look


# -- what each fault of data or scripts must lead to, in the run over all tables

_ARRIVES = "its data for {table} is in today's folder of the "
_SWALLOWED = "data that its bookmark has passed already"

FAULTS = {
    # API responses
    NO_RESOURCE: Seeded("job-run-failed", "1.2.1", "the job run succeeds", ("answers with status 404",)),
    "page_lost": Seeded(
        "pages-missing",
        "1.2.4",
        "every page that the API promised is there",
        ("1 of the 2 pages that the API promised", "the job has not asked for page 1"),
    ),
    "id_missing": Seeded(
        "records-not-json",
        "1.2.4",
        "the column {table} holds JSON records, each with an id",
        ("1 record without", "1 on page 1"),
    ),
    "ingested_twice": Seeded(
        "records-ingested-again",
        "1.2.4",
        "each record of {table} is there once",
        (
            "each of the 4 records is there 2 times: the job has loaded them at ",
            "the ids 1, 2, 3, 4",
            "ran the job twice",
        ),
    ),
    "record_repeated": Seeded(
        "records-repeated",
        "1.2.4",
        "each record of {table} is there once",
        ("1 of 5 records are repetitions", "the ids 1\n"),
    ),
    "page_empty": Seeded(
        "pages-failed",
        "1.2.4",
        "every page was answered with status 200",
        ("1 of 2 pages failed: page 2 (status 200)",),
    ),
    "undated": Seeded(
        "pages-failed",
        "1.2.4",
        "every page was answered with status 200",
        ("1 of 1 pages failed: page 1 (status 200)",),
        also=("no-records",),  # the record that has its date is lost with its page
    ),
    # parse
    "quality_failed": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("written no data", "Data quality checks of quality_failed failed, skipping it", "step 2.1.2"),
    ),
    "parse_skipped": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("api_response_parse_skipped is not in the catalog, skipping",),
    ),
    "parse_swallowed": Seeded(
        "data-not-written",
        "2.3.1",
        _ARRIVES + "parsed increments",
        ("No new data for parse_swallowed", _SWALLOWED),
    ),
    "path_unslashed": Seeded(
        "data-elsewhere",
        "2.3.1",
        _ARRIVES + "parsed increments",
        (
            "the job run has written its data to s3://dataplatform-stg-raw-zone/planning/tascomi/parsedpath_unslashed/",
            "--s3_bucket_target is s3://dataplatform-stg-raw-zone/planning/tascomi/parsed/",
            "have the slash between this path and the table put right",
        ),
    ),
    "field_clash": Seeded(
        "parse-keys-lost",
        "2.3.4",
        "every key of the JSON records is a column of {table}",
        ("lost keys of the API's records: field_clash", "the script has a column of this name itself"),
    ),
    "column_typed": Seeded(
        "columns-wrong",
        "2.3.3",
        "its columns are strings, beside those of the API response",
        ("visits is bigint", "visits string"),
    ),
    "column_misspelt": Seeded(
        "typed-columns-missing",
        "2.3.3",
        "it has each column that the dictionary types",
        ("closde (is closed meant?)", "the recast run fails for all its tables"),
    ),
    "key_lost": Seeded(
        "parse-keys-lost",
        "2.3.4",
        "every key of the JSON records is a column of {table}",
        ("has lost keys of the API's records: name", "records with name: the ids 1, 2, 3, 4"),
    ),
    "row_lost": Seeded(
        "parse-rows-lost",
        "2.3.4",
        "every record of the API response is a row",
        ("1 row too few after the parse", "none of the ids 1\n"),
    ),
    "row_twice": Seeded(
        "parse-rows-extra",
        "2.3.4",
        "every record of the API response is a row",
        ("1 row too many", "id 1 2 times", "a renamed job starts without a bookmark"),
    ),
    "ids_in_api_repeated": Seeded(
        "parse-ids-repeated",
        "2.3.4",
        "id and import_date together are unique in {table}",
        (
            "1 row with an id that another row",
            "the API has sent the id more than once",
            "id 1 2 times",
        ),
    ),
    "ids_repeated": Seeded(
        "parse-ids-repeated",
        "2.3.4",
        "id and import_date together are unique in {table}",
        (
            "1 row with an id that another row",
            "the parse has put it there",
            "id 1 2 times",
        ),
        also=("parse-values-changed",),  # of id: it was the parse
    ),
    "id_null": Seeded(
        "parse-ids-incomplete",
        "2.3.4",
        "id is complete in {table}",
        ("only 75.0% of the rows have an id", "at least 99%", "without one: 1 on page 1"),
        also=("parse-values-lost",),  # id has 3 values of 4: it was the parse
    ),
    "value_lost": Seeded(
        "parse-values-lost",
        "2.3.4",
        "every value of the JSON records is there",
        ("name has 2 values of 4; name is not its record's in 2 rows: the ids 2, 3",),
    ),
    "value_changed": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        (
            "the parse has changed values: name, visits",
            "letter for letter",
            "name is not its record's in 1 row: the ids 2\n",
        ),
    ),
    "change_near_list": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: visits",),
    ),
    "list_changed": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: name",),
    ),
    "values_misplaced": Seeded(
        "parse-values-misplaced",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("has put values into other rows",),
    ),
    "value_of_another": Seeded(
        "parse-values-misplaced",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("has put values into other rows",),
    ),
    "odd_value_changed": Seeded(
        "parse-values-changed",
        "2.3.4",
        "every value of {table} says what its JSON says",
        ("the parse has changed values: a,b\n",),
    ),
    # recast
    "recast_swallowed": Seeded(
        "data-not-written",
        "3.2.1",
        _ARRIVES + "increments",
        ("No new data for recast_swallowed", _SWALLOWED, "step 3.1.2"),
    ),
    "old_dictionary": Seeded(
        "columns-wrong",
        "3.2.3",
        "its columns have the types of the dictionary, all others are strings",
        ("id is string", "established date"),
    ),
    "row_not_recast": Seeded(
        "recast-rows-differ",
        "3.2.4",
        "every parsed row of {table} is there",
        (
            "the increment has 3 rows, the parsed table 4: no increment has the ids 1",
            "log of step 3.2.1",
        ),
    ),
    "id_lost": Seeded(
        "recast-rows-differ",
        "3.2.4",
        "every parsed row of {table} is there",
        ("no increment has the ids 2; increments without an id: 1 on page 1", "became NULL"),
    ),
    "row_recast_twice": Seeded(
        "recast-rows-differ",
        "3.2.4",
        "every parsed row of {table} is there",
        ("the parsed table 4: several increments have the ids 1", "recast twice"),
    ),
    "id_untyped": Seeded(
        "recast-id-untyped",
        "3.2.4",
        "the id of {table} is no number left as text",
        ("every one of the 4 ids is a number",),
    ),
    "never_cast": Seeded(
        "recast-values-lost",
        "3.2.4",
        "no value of {table} was lost in the cast",
        ("5 values lost", "visits 1", "amount 1", "enabled 1", "closed 1", "established 1", "the ids 1"),
    ),
    "update_never_cast": Seeded(
        "recast-values-lost",
        "3.2.4",
        "no value of {table} was lost in the cast",
        ("1 value lost in the cast: last_updated 1",),
    ),
    "cast_changed": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("visits 4", "uprn 1", "enabled 1", "closed 4", "established 2"),
    ),
    "zones_shifted": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("closed 4; closed is always 1 hour later",),
    ),
    "shift_near_zone_name": Seeded(
        "recast-values-changed", "3.2.4", "every cast value of {table} equals its text", ("closed 4",)
    ),
    "made_of_nothing": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("amount 1", "closed 1"),
    ),
    "digit_lost": Seeded(
        "recast-values-changed", "3.2.4", "every cast value of {table} equals its text", ("uprn 2",)
    ),
    "text_changed": Seeded(
        "recast-texts-changed",
        "3.2.4",
        "every text of {table} is as it was parsed",
        ("2 texts changed in the recast: name 2", "for name the ids 2, 4"),
    ),
    "two_faults": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("visits 1",),
        also=("recast-texts-changed",),
    ),
    "odd_column_changed": Seeded(
        "recast-values-changed",
        "3.2.4",
        "every cast value of {table} equals its text",
        ("a.b 1", "for a.b the ids 2"),
        also=("recast-texts-changed",),
    ),
    # daily snapshot
    "snapshot_swallowed": Seeded(
        "data-not-written",
        "4.3.1",
        _ARRIVES + "snapshots",
        ("No increment in increment_snapshot_swallowed and no snapshot", _SWALLOWED),
    ),
    "made_again": Seeded(
        "snapshot-made-again",
        "4.3.4",
        "id is unique in the snapshot of {table}",
        (
            "each of the 4 ids is in today's snapshot 2 times: the job has run as often that day",
            "for instance 1, 2, 3, 4",
        ),
    ),
    "id_nowhere": Seeded(
        "snapshot-ids-missing",
        "4.3.4",
        "id is unique in the snapshot of {table}",
        ("without one: 1 on page 1", "step 3.2.4 of that import_date"),
        also=("snapshot-lacks-increments", "snapshot-rows-altered"),
    ),
    "id_twice": Seeded(
        "snapshot-ids-repeated",
        "4.3.4",
        "id is unique in the snapshot of {table}",
        (
            "today's snapshot has 1 id more than once",
            "5 rows of 4 ids; for instance 1\n",
            "fix the snapshot script",
        ),
    ),
    "increment_missed": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("1 id missing, 0 in an older",),
    ),
    "old_version": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("0 ids missing, 1 in an older",),
        also=("snapshot-rows-altered",),  # it is a version that there never was
    ),
    "redated": Seeded(
        "snapshot-lacks-increments",
        "4.3.4",
        "every id that was ingested is there in its newest version",
        ("3 ids missing, 1 in an older version", "a snapshot without news gets today's date", "bookmark"),
    ),
    "row_dropped": Seeded(
        "snapshot-rows-lost",
        "4.3.4",
        "no row of the last snapshot is lost",
        ("lost 1 of the 2 rows of the last one ({yesterday:%Y%m%d})", "no longer there: 99\n"),
    ),
    "columns_shifted": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        (
            "in 4 rows",
            "closed in 4; for closed the ids 1, 2, 3, 4",
            "joined by their order",
        ),
    ),
    "kept_row_altered": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("in 1 row", "amount in 1; for amount the ids 99"),
    ),
    "odd_column_altered": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("in 2 rows", "version in 1", "o'clock in 1", "the ids "),
    ),
    "row_invented": Seeded(
        "snapshot-rows-altered",
        "4.3.4",
        "every row of {table} is its increment's or the last snapshot's",
        ("in 1 row", "1 id that neither of them has (1000)"),
    ),
}
LOST_OR_HELD_BACK = ("middle_page_lost", "last_page_lost")
"""Nothing but tomorrow's run can tell what became of the second page of these tables."""
HAS_YESTERDAY = ("redated", "row_dropped", "kept_row_altered")
"""Tables with a snapshot of yesterday: an older version of id 1, and id 99, which no increment has."""

TABLES = {
    table: OTHER_RECORDS.get(table, ORDINARY)
    for table in (*FAULTS, *LOST_OR_HELD_BACK, *SOUND, *UNCOMPARED, *TAMPERED)
}
TYPES_OF = dict.fromkeys(TABLES, TYPES) | {
    "odd_ids": TYPES | {"integer": "visits"},
    "odd_column_changed": TYPES | {"integer": "id visits a.b"},
}
"""The dictionary's entries."""

RIGHT = {
    *SOUND,
    "change_near_list",
    "field_clash",
    "list_changed",
    "odd_column_altered",
    "odd_column_changed",
    "odd_value_changed",
    "value_of_another",
}
"""Tables whose records are right, odd as they are: no advice has them ingested again."""
FIXED = {
    table: records if table in RIGHT or records in (TWO_PAGES, THREE_PAGES) else ORDINARY
    for table, records in TABLES.items()
    if table not in UNCOMPARED
}
"""The same tables once the vendor has fixed what was wrong with their records; those of other scripts left out."""
