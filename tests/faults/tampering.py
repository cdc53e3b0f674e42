"""What is broken on the chain's deployment after the run over all tables: descriptions, files, crawlers, job runs.

A run of single features follows each time, for other tables at each stage.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from acceptance.branch.checkout import SCRIPTS
from acceptance.pipeline import INGESTION, LOOKBACK, PARSE, RECAST, SNAPSHOT, Stage, source_of
from tests.faults.account import LOCAL, Description, Rows, add_column, columns_of, retype
from tests.faults.chain import Chain
from tests.faults.checkouts import Dictionary
from tests.faults.records import TAMPERED, record
from tests.faults.seeded import Seeded, days
from tests.playing import Played

CONTROL = "odd_values"
"""A sound table among those tampered with."""
SHARING, MISDESCRIBED, MOVED, BLANK = "odd_ids", "unquoted", "zoned", "complete_by_text"
"""Tables that have shown to be sound before they are tampered with."""


def retyped(column: str, kind: pa.DataType) -> Rows:
    """A file's rows with a column of another type."""

    def change(rows: pa.Table) -> pa.Table:
        return rows.set_column(rows.column_names.index(column), column, rows[column].cast(kind))

    return change


def _elsewhere(description: Description) -> None:
    description["StorageDescriptor"]["Location"] += "old/"


def _merged(description: Description) -> None:
    """As when a crawler takes sibling folders for one table."""
    description["PartitionKeys"].insert(0, {"Name": "partition_0", "Type": "string"})


def _without_timestamp(description: Description) -> None:
    kept = [each for each in columns_of(description) if each["Name"] != "import_timestamp"]
    description["StorageDescriptor"]["Columns"] = kept


def _classified_as_json(description: Description) -> None:
    description["Parameters"]["classification"] = "json"


def _read_as_json(description: Description) -> None:
    serde = {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
    description["StorageDescriptor"].update(SerdeInfo=serde)


def _read_as_text(description: Description) -> None:
    description["StorageDescriptor"].update(InputFormat="org.apache.hadoop.mapred.TextInputFormat")


def _projected(description: Description) -> None:
    description["Parameters"]["projection.enabled"] = "true"


OTHER_FORMAT = {
    INGESTION: (_classified_as_json, "classification json"),
    PARSE: (_read_as_json, "org.openx.data.jsonserde.JsonSerDe"),
    RECAST: (_read_as_text, "org.apache.hadoop.mapred.TextInputFormat in the partition "),
    SNAPSHOT: (_projected, "projection.enabled true"),
}
"""What no reader of Parquet can do with; of the recast it is the partition's."""


def _harmless(description: Description) -> None:
    """What crawlers write for people, and no reader goes by."""
    others = {"recordCount": "0", "exclusions": '["**/*.parquet"]', "typeOfData": "view", "sizeKey": "-1"}
    description["Parameters"] |= others | {
        "compressionType": "gzip",
        "DEPRECATED_BY_CRAWLER": "1795737600000",
    }
    del description["Parameters"]["UPDATED_BY_CRAWLER"]
    storage = description["StorageDescriptor"]
    storage["Parameters"] = {"recordCount": "0"}
    storage["SerdeInfo"]["Parameters"] = {}
    storage["Location"] = storage["Location"].rstrip("/")


OTHER_COLUMNS = {
    INGESTION: _without_timestamp,
    PARSE: retype("visits", "int"),
    RECAST: retype("visits", "string"),
    SNAPSHOT: add_column("snapshot_date", "string"),
}
COLUMNS_STEP = {
    INGESTION: ("its columns are those of an API response of {table}", "import_timestamp is missing"),
    PARSE: ("its columns are strings, beside those of the API response", "visits is int"),
    RECAST: ("its columns have the types of the dictionary, all others are strings", "visits is string"),
    SNAPSHOT: (
        "its columns are those of the increments, with the snapshot_ keys at the end",
        "snapshot_date is string",
    ),
}


COERCED: dict[Stage, list[dict[str, str]]] = {
    PARSE: [],
    RECAST: [
        {"visits": "string", "uprn": "string", "amount": "float", "name": "int"},
        {"visits": "tinyint", "uprn": "int", "amount": "decimal(10,2)", "name": "bigint"},
        {"visits": "smallint", "uprn": "tinyint", "name": "decimal(10,2)"},
        {"uprn": "smallint", "name": "varchar(3)"},
    ],
    SNAPSHOT: [
        {"visits": "string", "uprn": "int", "name": "tinyint"},
        {"amount": "float", "name": "smallint"},
    ],
}
"""Partitions of long ago, each of other types than the table, which Athena reads without an error: the values become
the table's type, or NULL. Together these are all such pairs under a type of the dictionary."""


def _coerced_words(stage: Stage) -> list[str]:
    pairs = [f"{column} is {kind} and not " for kinds in COERCED[stage] for column, kind in kinds.items()]
    partitions = 1 + len(COERCED[stage])
    return [f"the schema of {partitions} partition", *pairs]


def found_step(stage: Stage) -> str:
    return stage.crawl_step[:-1] + "3"


def query_step(stage: Stage) -> str:
    return stage.crawl_step[:-1] + "4"


def expected(stage: Stage) -> dict[str, Seeded]:
    """What must be found of the tables that `tamper` breaks at a stage."""
    find, query = found_step(stage), query_step(stage)
    keys = "it is partitioned by {}, {}, {} and {}".format(*stage.partition_keys)
    sentence, column = COLUMNS_STEP[stage]
    folders = "its partitions of the last 14 days are its folders"
    faults = {
        "table_gone": Seeded(
            "table-missing",
            find,
            "the table is there",
            (f"the table {stage.table_prefix}table_gone is not in",),
        ),
        "table_elsewhere": Seeded(
            "table-elsewhere",
            find,
            f"it lies where the {stage.title} writes {{table}}",
            ("reads another folder", "table_elsewhere/old/"),
        ),
        SHARING: Seeded(
            "tables-share-folder",
            find,
            f"it lies where the {stage.title} writes {{table}}",
            (f"{SHARING} shares its folder with {stage.table_prefix}{SHARING}_twin",),
        ),
        MISDESCRIBED: Seeded(
            "format-wrong",
            find,
            "the catalog describes it as a table of Parquet files",
            (OTHER_FORMAT[stage][1], "Athena and the jobs read them by the description"),
        ),
        MOVED: Seeded(
            "partition-elsewhere",
            find,
            folders,
            ("1 partition of ", "{today:%Y%m%d} lies at s3://", "a crawl registers it anew"),
        ),
        "other_keys": Seeded(
            "partition-keys-wrong", find, keys, ("partition_0 string", "folders merged into one table")
        ),
        "other_columns": Seeded("columns-wrong", find, sentence, (column,)),
        "folder_missed": Seeded(
            "generations-differ",
            find,
            folders,
            ("data that is no partition: {yesterday:%Y%m%d}", f"step {stage.crawl_step} again"),
        ),
        "partition_left": Seeded(
            "generations-differ", find, folders, ("partitions without data: {yesterday:%Y%m%d}",)
        ),
        "empty_day": Seeded(
            "partition-without-data",
            query,
            f"last_{stage.generation} is today",
            ("{today:%Y%m%d} is in the Data Catalog, and its folder is empty", "no day at all"),
        ),
    }
    if stage is not INGESTION:
        faults["other_partition"] = Seeded(
            "partitions-typed-otherwise",
            find,
            "its partitions have its columns",
            ("visits is double and not", *_coerced_words(stage)),
        )
    if stage in (PARSE, RECAST):
        source = source_of(stage).catalog_table("generation_missed")
        faults["generation_missed"] = Seeded(
            "generations-missed",
            find,
            f"no generation of {source} is missing in it",
            (
                f"lacks 1 generation of {source}",
                f"{{{EARLIER[stage]}:%Y%m%d}}",
                "has to be ingested again",
            ),
        )
    if stage is PARSE:
        faults["blanked"] = Seeded(
            "parse-no-records",
            query,
            "every key of the JSON records is a column of {table}",
            ("the API responses have no record to parse",),
            also=("parse-rows-extra", "history-pages-lost"),
        )
        faults[BLANK] = Seeded(
            "parse-rows-of-blank-pages",
            query,
            "every record of the API response is a row",
            ("1 row without a record: the API answered page 2 with status 200", "its records were lost"),
            also=("parse-ids-incomplete", "history-pages-lost"),
        )
        faults["unreadable"] = Seeded(
            "data-unreadable",
            query,
            'I run the playbook\'s query on "{table}"',
            (
                "NOT_SUPPORTED: Unsupported Trino column type (varchar) for Parquet column "
                "([visits] optional int64 visits)",
            ),
        )
    if stage is SNAPSHOT:
        faults["blanked"] = Seeded(
            "snapshot-ids-missing",
            query,
            "id is unique in the snapshot of {table}",
            ("today's snapshot has rows without an id",),
            also=("snapshot-lacks-increments", "snapshot-rows-altered"),  # of the id that is gone
        )
    if stage in (RECAST, SNAPSHOT):
        faults["other_files"] = Seeded(
            "files-typed-otherwise",
            find,
            "today's files have the same types",
            ("visits is smallint and not int", "1 of today's 1 file"),
        )
    return faults


def tamper(chain: Chain) -> dict[Stage, Played]:
    """Break the tables at each stage, the last first: a stage's descriptions are compared with those before it."""
    return {stage: _tamper_at(chain, stage) for stage in (SNAPSHOT, RECAST, PARSE, INGESTION)}


def _tamper_at(chain: Chain, stage: Stage) -> Played:
    day = days(chain.today)
    chain.delete_table(stage, "table_gone")
    chain.change_table(stage, "table_elsewhere", _elsewhere)
    chain.change_table(stage, "other_keys", _merged)
    chain.copy_table(stage, SHARING, "_twin")
    change = chain.change_partition if stage is RECAST else chain.change_table
    change(stage, MISDESCRIBED, OTHER_FORMAT[stage][0])
    chain.change_partition(stage, MOVED, _elsewhere)
    chain.change_table(stage, CONTROL, _harmless)
    chain.change_table(stage, "other_columns", OTHER_COLUMNS[stage])
    chain.remove(stage, chain.keys(stage, "empty_day"))
    chain.add_folder(stage, "folder_missed", day["yesterday"])
    chain.add_partition(stage, "partition_left", day["yesterday"])
    chain.add_folder(stage, CONTROL, chain.today - LOOKBACK)  # too old to be looked at
    if stage is not INGESTION:
        chain.change_partition(stage, "other_partition", retype("visits", "double"))
        columns = chain.columns(stage, "other_partition")
        for age, kinds in enumerate(COERCED[stage], LOOKBACK.days):
            day_of_kinds = chain.today - timedelta(days=age)
            chain.add_partition(stage, "other_partition", day_of_kinds, columns | kinds)
    if stage in (PARSE, RECAST):
        _add_generation(chain, source_of(stage), "generation_missed", day[EARLIER[stage]])
    if stage is PARSE:
        _add_generation(chain, INGESTION, "day_without_records", day["yesterday"], _without_records)
        chain.rewrite(INGESTION, BLANK, _with_row({BLANK: "", "page_number": 2}))
        chain.rewrite(stage, BLANK, _with_row(dict.fromkeys(record(1)) | {"page_number": 2}))
        chain.rewrite(stage, "unreadable", retyped("visits", pa.int64()))
        chain.rewrite(INGESTION, "blanked", _with("blanked", ""))
    if stage in (RECAST, SNAPSHOT):
        chain.rewrite(stage, "other_files", retyped("visits", pa.int16()))
    if stage is SNAPSHOT:
        chain.rewrite(stage, "blanked", _with("id", None, first=1))
    of_queries = " or ".join(f"@table.{table}" for table in QUERIED[stage])
    find = f"@step-{found_step(stage)} and not ({of_queries})"
    query = f"@step-{query_step(stage)} and ({of_queries} or @table.{CONTROL})"
    tables = (*TAMPERED, SHARING, MISDESCRIBED, MOVED, BLANK, CONTROL)
    played = chain.play(f"--tags=({find}) or ({query})", tables=tables)
    chain.delete_table(stage, "other_keys")  # crawls to come would stumble over its keys
    return played


QUERIED = {
    INGESTION: ("empty_day",),
    PARSE: ("empty_day", "unreadable", "blanked", BLANK),
    RECAST: ("empty_day",),
    SNAPSHOT: ("empty_day", "blanked"),
}
"""The tables whose faults only the step with the query finds."""

EARLIER = {RECAST: "yesterday", PARSE: "long_ago"}
"""The days (`seeded.days`) whose data the stage has passed over. Of a new table none is too old to be missed."""


def _with_row(values: dict[str, Any]) -> Rows:
    """One row more, like the last but for some values."""

    def change(rows: pa.Table) -> pa.Table:
        row = rows.slice(len(rows) - 1).to_pylist()[0] | values
        return pa.concat_tables([rows, pa.Table.from_pylist([row], rows.schema)])

    return change


def _add_generation(
    chain: Chain,
    stage: Stage,
    table: str,
    day: date,
    change: Rows = lambda rows: rows,
) -> None:
    chain.add_folder(stage, table, day, change)
    chain.add_partition(stage, table, day)


def _with(column: str, value: str | None, first: int | None = None) -> Rows:
    """A file's rows with one value in all of a column, or in its first rows."""

    def change(rows: pa.Table) -> pa.Table:
        kept = [] if first is None else rows[column].to_pylist()[first:]
        values = [value] * (len(rows) - len(kept)) + kept
        typed = pa.array(values, rows.schema.field(column).type)
        return rows.set_column(rows.column_names.index(column), column, typed)

    return change


def _without_records(rows: pa.Table) -> pa.Table:
    """As when no page was answered."""
    return _with("import_api_status_code", "500")(_with("day_without_records", "")(rows))


# -- crawlers

LATER = (PARSE, RECAST, SNAPSHOT)
"""The stages whose faults these are; section 1 has its own."""

CRAWLED = dict(zip(LATER, ("other_files", "other_partition", "table_elsewhere"), strict=True))
UNREGISTERED = dict(zip(LATER, ("other_files", "unreadable", CONTROL), strict=True))

TAKEN = dict(zip(LATER, ("table_elsewhere", "folder_missed", "partition_left"), strict=True))
"""Tables whose names are taken by tables elsewhere when their folders are crawled."""


def _play_crawls(chain: Chain, tables: dict[Stage, str]) -> Played:
    return chain.play_steps({stage.crawl_step: table for stage, table in tables.items()})


def fail_crawls(chain: Chain) -> Played:
    for stage in LATER:
        target = {"S3Targets": [{"Path": "s3://no-such-bucket/planning/"}]}
        chain.glue.update_crawler(Name=stage.crawler, Targets=target)
    return _play_crawls(chain, CRAWLED)


def swallow_crawls(chain: Chain) -> Played:
    """The crawlers take the order and do not crawl."""
    fault: dict[str, Any] = {
        "service": "glue",
        "action": "StartCrawler",
        "times": None,
        "status": 200,
        "body": {},
    }
    chain.deployment.box.faults([fault])
    try:
        return _play_crawls(chain, CRAWLED)
    finally:
        chain.deployment.box.faults([])


def misplace_partitions(chain: Chain) -> Played:
    """Of two stages the partition lies elsewhere; of the third the crawler passes the folder over."""
    for stage in LATER:
        path = f"s3://{LOCAL.bucket(stage.zone)}/{stage.folder}"
        passed_over = [f"{UNREGISTERED[stage]}/**"] if stage is SNAPSHOT else []
        chain.glue.update_crawler(
            Name=stage.crawler, Targets={"S3Targets": [{"Path": path, "Exclusions": passed_over}]}
        )
        chain.change_table(stage, TAKEN[stage], _elsewhere)
        chain.drop_partitions(stage, TAKEN[stage])
    for stage in (PARSE, RECAST):
        chain.change_partition(stage, UNREGISTERED[stage], _elsewhere)
    chain.glue.delete_partition(
        DatabaseName=LOCAL.database(SNAPSHOT.zone),
        TableName=UNREGISTERED[SNAPSHOT],
        PartitionValues=list(SNAPSHOT.partition_values(chain.today)),
    )
    steps = [
        f"@step-{stage.crawl_step} and (@table.{table} or @table.{TAKEN[stage]})"
        for stage, table in UNREGISTERED.items()
    ]
    tags = " or ".join(f"({each})" for each in steps)
    return chain.play(f"--tags={tags}", tables=[*UNREGISTERED.values(), *TAKEN.values()])


# -- job runs

RUN = {PARSE: "id_missing", RECAST: "row_lost", SNAPSHOT: "never_cast"}
"""Tables that have what the job reads, and nothing yet of what it writes: they stopped at the step before."""

RUN_ERRORS = {
    PARSE: "before it had written id_missing: FAILED: RuntimeError: no parse today",
    RECAST: "over row_lost: its parsed data lack a column that the dictionary types, closde (is closed meant?)",
    SNAPSHOT: "before it had written never_cast: FAILED: RuntimeError: no snapshot today",
}


def fail_runs(chain: Chain) -> Played:
    for stage, what in ((PARSE, "parse"), (SNAPSHOT, "snapshot")):
        chain.checkout.changed[SCRIPTS + stage.script] = f"raise RuntimeError('no {what} today')\n"
    chain.checkout.commit()

    def misspell(dictionary: Dictionary) -> None:
        dictionary["timestamp"][RUN[RECAST]] = ["closde"]

    chain.change_deployed_dictionary(misspell)
    runs: dict[str, str | None] = {stage.run_step: table for stage, table in RUN.items()}
    return chain.play_steps({"2.2.2": None, "4.2.2": None, **runs})


# -- what must be said


def crawl_cases(stage: Stage) -> pytest.MarkDecorator:
    """Parametrize a test with the ways in which the stage's crawl goes wrong, a table that it hits, and the fault."""
    step, missed = stage.crawl_step, UNREGISTERED[stage]
    observed = (
        f"the table {missed} has no partition for {{today:%Y%m%d}}"
        if stage is SNAPSHOT
        else f"today's partition of {stage.catalog_table(missed)} lies at s3://"
    )
    faults = {
        "failed": Seeded(
            "crawl-failed",
            step,
            "the crawl succeeds",
            (f"the crawl of {stage.crawler} ended as FAILED: ", "no-such-bucket"),
            shared=True,
        ),
        "swallowed": Seeded(
            "crawl-stale",
            step,
            "it began after the data was written",
            (f"the newest crawl of {stage.crawler} is older than the data",),
        ),
        "misplaced": Seeded(
            "data-not-crawled",
            step,
            f"the Data Catalog has today's {stage.title} data of {{table}}",
            ("today's data is not in the Data Catalog", observed),
        ),
    }
    tables = {"failed": CRAWLED[stage], "swallowed": CRAWLED[stage], "misplaced": missed}
    given = [pytest.param(way, tables[way], fault, id=way) for way, fault in faults.items()]
    name = stage.catalog_table(TAKEN[stage])
    taken = Seeded(
        "data-not-crawled",
        step,
        f"the Data Catalog has today's {stage.title} data of {{table}}",
        (f"the name is taken: {name} lies at", f"so the crawler has put the data into {name}_"),
    )
    given.append(pytest.param("misplaced", TAKEN[stage], taken, id="taken"))
    return pytest.mark.parametrize(("way", "table", "fault"), given)


FAILED_RUNS = {
    stage: Seeded(
        "job-run-died",
        stage.run_step,
        "the job run succeeds",
        (f"the {stage.title} run died {error}\n",),
        shared=True,
    )
    for stage, error in RUN_ERRORS.items()
}
