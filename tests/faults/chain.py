"""One deployment on which many small tables go through the whole pipeline, each broken at a place of its own.

A playbook run takes seconds, whether one table fails or thirty. So one run serves the faults of data and scripts, and
on what it leaves, further runs of single features serve those of the catalog, the crawlers and the job runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from acceptance.branch.checkout import DICTIONARY, SCRIPTS
from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, PARSE, RECAST, SNAPSHOT, STAGES, Stage
from sandbox.deployment import SCRIPTS as SCRIPTS_BUCKET
from tests.faults.account import LOCAL, Account
from tests.faults.broken_scripts import break_script
from tests.faults.checkouts import PARSE_RULES, Checkout, Dictionary, type_columns
from tests.faults.records import BODIES, NO_RESOURCE, TYPES, UNCOMPARED, Record, record
from tests.faults.seeded import FIXED, HAS_YESTERDAY, TABLES, TYPES_OF
from tests.playing import Deployment, Played
from tests.sandbox.pipeline import run_job
from tests.whole_account import WholeAccount

DEPLOYED = "scripts/planning/"  # in the bucket of scripts

SECTIONS = (
    "0-before-you-start",
    "1-api-ingestion",
    "2-parse-increments",
    "3-recast-increments",
    "4-daily-snapshot",
)


class Chain(Account):
    """The deployment, the branch, and the tables in it."""

    def __init__(self, deployment: Deployment, checkout: Checkout) -> None:
        super().__init__(deployment)
        self.checkout = checkout
        self.before: WholeAccount  # before any run of the playbook

    def play(self, *arguments: str, tables: Iterable[str] = (), seconds: float = 300) -> Played:
        """Run the playbook and keep the test jobs, so that single features can follow."""
        return self.deployment.play(
            "-D",
            f"data_platform={self.checkout.folder}",
            "-D",
            "keep=true",
            *arguments,
            tables=",".join(tables or TABLES),
            seconds=seconds,
        )

    def play_steps(self, chosen: dict[str, str | None]) -> Played:
        """Run single features, step -> table (None: it has no tables), each for a table of its own."""
        tags = [f"@step-{step}" + (f" and @table.{table}" if table else "") for step, table in chosen.items()]
        wanted = " or ".join(f"({tag})" for tag in tags)
        return self.play(f"--tags={wanted}", tables=dict.fromkeys(filter(None, chosen.values())))

    def serve(self, tables: Mapping[str, list[Record]], *bodies: dict[str, Any]) -> None:
        """Have the API give these records, and in place of some pages what the vendor sends when it breaks down."""
        rules = [{"resource": table, "records": records} for table, records in tables.items()]
        self.deployment.box.api_faults([*rules, *bodies])

    def restore_crawler(self, stage: Stage) -> None:
        path = f"s3://{LOCAL.bucket(stage.zone)}/{stage.folder}"
        self.glue.update_crawler(Name=stage.crawler, Targets={"S3Targets": [{"Path": path}]})

    def remove_other_days(self, stage: Stage, table: str) -> None:
        """What somebody has put into the folders of other days, or registered there."""
        if stage is SNAPSHOT and table in HAS_YESTERDAY:
            return
        today = f"{self.today:%Y%m%d}"
        prefix, bucket = stage.prefix(table), LOCAL.bucket(stage.zone)
        keys = [
            each["Key"] for each in self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        ]
        self.remove(stage, [key for key in keys if stage.generation_of(key) != today])
        with suppress(self.glue.exceptions.EntityNotFoundException):
            for partition in self.partitions(stage, table):
                if partition["Values"][-1] != today:
                    self.glue.delete_partition(
                        **self.names(stage, table), PartitionValues=partition["Values"]
                    )

    # -- deployed code

    def change_deployed(self, name: str, change: Callable[[str], str]) -> None:
        place = {"Bucket": SCRIPTS_BUCKET, "Key": DEPLOYED + name}
        text = self.s3.get_object(**place)["Body"].read().decode()
        self.s3.put_object(**place, Body=change(text).encode())

    def change_deployed_dictionary(self, change: Callable[[Dictionary], None]) -> None:
        def changed(text: str) -> str:
            dictionary: Dictionary = json.loads(text)[0]
            change(dictionary)
            return json.dumps([dictionary])

        self.change_deployed(DICTIONARY.rsplit("/", 1)[-1], changed)


def seed_yesterdays_snapshot(chain: Chain, table: str) -> None:
    yesterday = chain.today - timedelta(days=1)
    kinds = {column: kind for kind, columns in TYPES.items() for column in columns.split()}
    arrow = {
        "integer": pa.int32(),
        "long": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "date": pa.date32(),
    }
    rows: dict[str, pa.Array] = {
        column: pa.nulls(
            2, pa.int64() if kind == "bigint" else pa.timestamp("us") if kind == "timestamp" else pa.string()
        )
        for column, kind in API_RESPONSE_COLUMNS.items()
    }
    rows |= {column: pa.nulls(2, arrow.get(kinds.get(column, ""), pa.string())) for column in record(1)}
    rows |= {
        key: pa.array([value] * 2)
        for key, value in zip(RECAST.partition_keys, RECAST.partition_values(yesterday), strict=True)
    }
    rows["id"] = pa.array([1, 99], pa.int32())
    rows["last_updated"] = pa.array(
        [datetime(2022, 1, day, tzinfo=UTC) for day in (1, 2)], pa.timestamp("us")
    )
    key = f"{SNAPSHOT.partition_prefix(table, yesterday)}part-0.parquet"
    chain.write(SNAPSHOT, key, pa.table(rows))


def make(deployment: Deployment, folder: Path) -> Chain:
    """Have the API serve the tables, the branch know them, and the scripts break what they are to break."""
    chain = make_sound(deployment, folder, TABLES)
    served = {table: records for table, records in TABLES.items() if table != NO_RESOURCE}
    chain.serve(served, *({"resource": table, "page": 2, "body": body} for table, body in BODIES.items()))
    checkout = chain.checkout
    break_scripts(chain)

    def break_types(dictionary: Dictionary) -> None:
        type_columns(dictionary, "column_misspelt", timestamp="closde last_updated")
        dictionary["integer"]["id_untyped"] = ["visits"]

    def forget_old_dictionary(dictionary: Dictionary) -> None:
        for columns in dictionary.values():
            columns.pop("old_dictionary", None)

    checkout.change_dictionary(break_types)
    checkout.commit()
    chain.change_deployed_dictionary(break_types)
    chain.change_deployed_dictionary(forget_old_dictionary)
    for _ in range(2):  # before its table is crawled
        ingest(chain, "ingested_twice")
    return chain


def break_scripts(chain: Chain, runtime: str = "light") -> None:
    """Those that the branch changes on the branch, uncommitted; the others where they are deployed."""
    for stage in (PARSE, SNAPSHOT):
        path = SCRIPTS + stage.script
        chain.checkout.changed[path] = break_script(stage, chain.checkout.read(path), runtime)
    for stage in (INGESTION, RECAST):
        chain.change_deployed(stage.script, lambda code, stage=stage: break_script(stage, code, runtime))  # type: ignore[misc]


def ingest(chain: Chain, table: str) -> None:
    """Run the deployed job, as somebody does who does not know the playbook."""
    job = f"stg {INGESTION.job}_planning"
    done = run_job(chain.deployment.client, job, {INGESTION.tables_argument: table})
    assert done.state == "SUCCEEDED", done


def fix(chain: Chain) -> None:
    """Take away the causes of all faults, and nothing of what they have led to."""
    sound = Checkout.make(chain.checkout.folder.with_name("sound"))
    code = {stage: sound.git("show", f"main:{SCRIPTS}{stage.script}") for stage in STAGES.values()}
    for stage in (PARSE, SNAPSHOT):
        chain.checkout.changed[SCRIPTS + stage.script] = sound.read(SCRIPTS + stage.script)
    served = FIXED | UNCOMPARED  # nothing was found of the latter: they stay as they are
    chain.checkout.add_all_rules(served)
    chain.checkout.add_rules(PARSE, {"complete_by_text": PARSE_RULES | {"complete": "name"}})
    chain.checkout.change_dictionary(typed(TYPES_OF))
    chain.checkout.commit()
    for stage in (INGESTION, RECAST):
        chain.change_deployed(stage.script, lambda _, code=code[stage]: code)  # type: ignore[misc]
    chain.change_deployed_dictionary(typed(TYPES_OF))
    chain.serve(served)
    for stage in STAGES.values():
        chain.restore_crawler(stage)
        for table in FIXED:
            chain.remove_other_days(stage, table)


def typed(types: Mapping[str, Mapping[str, str]]) -> Callable[[Dictionary], None]:
    def change(dictionary: Dictionary) -> None:
        for table, columns in types.items():
            type_columns(dictionary, table, **columns)

    return change


def make_sound(
    deployment: Deployment,
    folder: Path,
    tables: Mapping[str, list[Record]],
    types: Mapping[str, Mapping[str, str]] | None = None,
    runtime: str = "light",
) -> Chain:
    """The same with nothing broken but what the API serves, as `tables` has it.

    `types`: the dictionary's entries, table by table; `runtime`: the deployment's, of its jobs.
    """
    types = types or {table: TYPES_OF.get(table, TYPES) for table in tables}
    checkout = Checkout.make(folder, runtime)
    checkout.add(tables)
    checkout.add_all_rules(tables)
    if "complete_by_text" in tables:
        checkout.add_rules(PARSE, {"complete_by_text": PARSE_RULES | {"complete": "name"}})

    checkout.change_dictionary(typed(types))
    checkout.commit()
    chain = Chain(deployment, checkout)
    chain.change_deployed_dictionary(typed(types))
    for table in HAS_YESTERDAY:
        if table in tables:
            seed_yesterdays_snapshot(chain, table)
    chain.crawl(SNAPSHOT)
    chain.serve(tables)
    return chain
