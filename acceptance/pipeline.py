"""The Tascomi pipeline: its four stages as data. Source: the stage table of the platform's documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from acceptance.environments import Zone

API_RESPONSE_COLUMNS = {
    "page_number": "bigint",
    "import_api_url_requested": "string",
    "import_api_status_code": "string",
    "import_exception_thrown": "string",
    "import_datetime": "timestamp",
    "import_timestamp": "string",
}
"""Columns of `api_response_<t>` other than `<t>` (string: the record as JSON) and the partition keys."""

LOOKBACK = timedelta(days=14)
"""How far back the jobs look for data that they have not read yet (platform's documentation, "Parse")."""


@dataclass(frozen=True)
class Stage:
    """One job with its crawler, from what it reads to the catalog table it ends in."""

    section: int  # of the playbook
    title: str  # as the features name it
    job: str  # without the environment's prefix
    script: str
    tables_argument: str
    run_per_table: bool  # one table a run, or all tables in one
    script_edited: bool  # whether a new table needs a change of the script
    appends: (
        bool  # adds files to the partitions that it reads of: without its bookmark, the same rows once more
    )
    zone: Zone
    folder: str  # in the zone's bucket, above the tables' folders
    crawler: str
    crawler_filter: str  # what the playbook has one type into the console's filter of crawlers
    table_prefix: str
    generation: str  # the partition key that tells the generation, yyyymmdd
    data: str  # what it writes, as the features name it
    clone_step: str  # playbook steps, for messages that say what is missing
    run_step: str
    crawl_step: str
    find_step: str
    query_step: str

    @property
    def choose_step(self) -> str:
        return f"{self.section}.1.1"

    @property
    def make_script_step(self) -> str:
        """Of a stage whose script is edited."""
        return f"{self.section}.2.1"

    @property
    def edit_script_step(self) -> str:
        return f"{self.section}.2.2"

    @property
    def partition_keys(self) -> tuple[str, ...]:
        kind = self.generation.removesuffix("_date")
        return (f"{kind}_year", f"{kind}_month", f"{kind}_day", f"{kind}_date")

    def partition_values(self, day: date) -> tuple[str, ...]:
        return (f"{day:%Y}", f"{day:%m}", f"{day:%d}", f"{day:%Y%m%d}")

    def catalog_table(self, table: str) -> str:
        return f"{self.table_prefix}{table}"

    def prefix(self, table: str) -> str:
        """The table's folder as an S3 key prefix."""
        return f"{self.folder}{table}/"

    def partition_prefix(self, table: str, day: date) -> str:
        pairs = zip(self.partition_keys, self.partition_values(day), strict=True)
        return self.prefix(table) + "".join(f"{key}={value}/" for key, value in pairs)

    def generation_of(self, key: str) -> str:
        """Of an object by its key: yyyymmdd; "" where its folders tell none."""
        found = re.search(rf"/{self.generation}=(\d{{8}})/", key)
        return found[1] if found else ""


INGESTION = Stage(
    section=1,
    title="API ingestion",
    job="tascomi_api_ingestion",
    script="tascomi_api_ingestion.py",
    tables_argument="--resource",
    run_per_table=True,
    script_edited=False,
    appends=False,
    zone=Zone.RAW,
    folder="planning/tascomi/api-responses/",
    crawler="tascomi-api-response-crawler",
    crawler_filter="tascomi-api",
    table_prefix="api_response_",
    generation="import_date",
    data="API responses",
    clone_step="1.1.2",
    run_step="1.2.1",
    crawl_step="1.2.2",
    find_step="1.2.3",
    query_step="1.2.4",
)
PARSE = Stage(
    section=2,
    title="parse",
    job="tascomi_parse_tables_increments",
    script="tascomi_parse_tables_increments.py",
    tables_argument="--table_list",
    run_per_table=False,
    script_edited=True,
    appends=True,
    zone=Zone.RAW,
    folder="planning/tascomi/parsed/",
    crawler="tascomi-parse-tables-increments-planning",
    crawler_filter="tascomi-parse",
    table_prefix="",
    generation="import_date",
    data="parsed increments",
    clone_step="2.1.2",
    run_step="2.3.1",
    crawl_step="2.3.2",
    find_step="2.3.3",
    query_step="2.3.4",
)
RECAST = Stage(
    section=3,
    title="recast",
    job="tascomi_recast_tables_increments",
    script="tascomi_recast_tables_increments.py",
    tables_argument="--table_list",
    run_per_table=False,
    script_edited=False,
    appends=True,
    zone=Zone.REFINED,
    folder="planning/tascomi/increment/",
    crawler="tascomi-recast-tables-increments-planning",
    crawler_filter="tascomi-recast",
    table_prefix="increment_",
    generation="import_date",
    data="increments",
    clone_step="3.1.2",
    run_step="3.2.1",
    crawl_step="3.2.2",
    find_step="3.2.3",
    query_step="3.2.4",
)
SNAPSHOT = Stage(
    section=4,
    title="daily snapshot",
    job="tascomi_create_daily_snapshot",
    script="tascomi_create_daily_snapshot.py",
    tables_argument="--table_list",
    run_per_table=False,
    script_edited=True,
    appends=False,
    zone=Zone.REFINED,
    folder="planning/tascomi/snapshot/",
    crawler="tascomi-create-daily-snapshot-planning",
    crawler_filter="tascomi-create",
    table_prefix="",
    generation="snapshot_date",
    data="snapshots",
    clone_step="4.1.2",
    run_step="4.3.1",
    crawl_step="4.3.2",
    find_step="4.3.3",
    query_step="4.3.4",
)
STAGES = {stage.title: stage for stage in (INGESTION, PARSE, RECAST, SNAPSHOT)}


def source_of(stage: Stage) -> Stage:
    """The stage whose data a stage reads; raises `ValueError` for the first one, which reads the API."""
    stages = list(STAGES.values())
    if stage is stages[0]:
        raise ValueError(f"the {stage.title} reads no stage's data")
    return stages[stages.index(stage) - 1]
