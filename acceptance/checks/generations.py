"""The generations of a table: none lost on the way, the newest readable and not stale; how often its data change."""

from __future__ import annotations

from acceptance.advice import ingestion_frequency
from acceptance.aws import s3_objects
from acceptance.aws.glue_catalog import CatalogTable, same_place
from acceptance.checks.queries import query_worked
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import INGESTION, LOOKBACK, PARSE, RECAST, SNAPSHOT, Stage, source_of
from acceptance.run import generations
from acceptance.run.run import Run
from acceptance.wording import count


def partitions_are_its_folders(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """Of the last days: the next job finds its data by the partitions, and passes over a folder that is none."""
    partitions, folders = generations.partitions(run, stage, table), generations.folders(run, stage, table)
    unknown, empty = sorted(folders - partitions), sorted(partitions - folders)
    run.record(
        Evidence(
            Kind.TABLE,
            f"Generations of {found.name}",
            {"Partitions": str(len(partitions)), "Folders with data": str(len(folders))},
        )
    )
    _partitions_are_in_place(run, stage, table, found)
    if not unknown and not empty:
        return
    told = [
        f"{what}: {', '.join(days)}"
        for what, days in (("data that is no partition", unknown), ("partitions without data", empty))
        if days
    ]
    bucket, prefix = run.environment.bucket(stage.zone), stage.prefix(table)
    raise Failure(
        "generations-differ",
        f"{found.name} does not have the same generations in S3 and in the Data Catalog; {'; '.join(told)}",
        table=table,
        expected=f"each folder of the last {LOOKBACK.days} days is a partition, and each partition has its folder",
        observed="; ".join(told),
        look=run.links.folder(bucket, prefix) or f"s3://{bucket}/{prefix} and the partitions of {found.name}",
        do=f"run step {stage.crawl_step} again, which registers the folders that it finds: jobs and readers pass over "
        "the others. Of a partition without data, find out who removed the data, and have the partition removed",
    )


def _partitions_are_in_place(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """A partition of one day whose location is another folder shows that folder's rows under its own day."""
    recent = generations.partitions(run, stage, table)
    moved = {
        day: partition.location
        for partition in run.partitions(stage, table)
        if (day := generations.name_of(partition)) in recent
        and not same_place(partition.location, generations.place_of(run, stage, table, partition))
    }
    if not moved:
        return
    newest = max(moved)
    raise Failure(
        "partition-elsewhere",
        f"{count(len(moved), 'partition')} of {found.name} read another folder than their own: "
        + ", ".join(sorted(moved)[-5:]),
        table=table,
        expected="each partition at the folder that is named after it",
        observed=f"the partition {newest} lies at {moved[newest]}",
        look=f"SELECT {stage.generation}, \"$path\" FROM {found.name} WHERE {stage.generation} = '{newest}', in the "
        f"{stage.zone} zone",
        do="find out who moved it: a crawl registers it anew once the table is removed",
        recrawl=stage,
    )


def none_is_passed_over(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    """What a job's bookmark has passed, or its look-back no longer reaches, is in none of the snapshots to come."""
    source = source_of(stage).catalog_table(table)
    missing = generations.passed_over(run, stage, table)
    if missing and stage is PARSE:
        missing = _with_records(run, table, missing)
    if not missing:
        return
    told = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    database = run.environment.database(stage.zone)
    raise Failure(
        "generations-missed",
        f"{found.name} lacks {count(len(missing), 'generation')} of {source}: {told}",
        table=table,
        expected=f"the records of each {stage.generation} of {source} in {found.name}",
        observed=f"none of {told}",
        look=run.links.table(database, found.name) or f"the partitions of {source} and {found.name}",
        do=f"they do not come by themselves, and every snapshot lacks their records: the {stage.title} passes over "
        f"what its bookmark has passed, or is older than {LOOKBACK.days} days. A new table has to be ingested "
        "again; of one in use, see in the job's logs since then why it was passed over",
        redo=INGESTION,
    )


def _with_records(run: Run, table: str, days: list[str]) -> list[str]:
    """Those days of API responses that hold records; of pages that failed there is nothing to parse."""
    found = run.queries.records_of(table, days)
    run.record(*found.evidence(run.links, "Records by import_date"))
    holding = {each.generation for each in found.value if each.record_count}
    if empty := [day for day in days if day not in holding]:
        run.note(f"of {', '.join(empty)} the API responses hold no record: there was nothing to parse")
    return [day for day in days if day in holding]


def snapshot_was_crawled(run: Run, table: str) -> None:
    """Raises `Blocked` where no crawl can have found a snapshot yet. One that made no table of it is a finding."""
    if run.catalog_table(SNAPSHOT, table):
        return
    bucket, prefix = run.environment.bucket(SNAPSHOT.zone), SNAPSHOT.prefix(table)
    first = next(s3_objects.objects(run.aws, bucket, prefix), None)
    if first is None:
        raise Blocked("no-snapshot", f"there is no snapshot of {table} yet", SNAPSHOT.crawl_step)
    try:
        last = run.context.crawlers.last(run.context.crawlers.find(SNAPSHOT))
    except Failure as failure:
        raise Blocked("no-crawler", failure.finding.what, SNAPSHOT.crawl_step) from None
    if last.status != "SUCCEEDED" or last.started is None or last.started < first.modified:
        raise Blocked(
            "snapshot-not-crawled",
            f"the snapshot of {table} has not been crawled since it was made",
            SNAPSHOT.crawl_step,
        )


def newest_is_readable(run: Run, table: str) -> str:
    """The newest snapshot's generation; raises `Failure` where there is none, or nothing in it."""
    query = generations.snapshot_query(run, table)
    if query is None:
        raise Failure(
            "no-generation",
            "the table has no generation",
            table=table,
            expected=f"at least one partition of {table} in the refined zone",
            observed="a table without partitions",
            look=run.links.table(run.environment.database(SNAPSHOT.zone), table) or "the table's partitions",
            do=f"do step {SNAPSHOT.crawl_step} again",
        )
    counted = query_worked(run, SNAPSHOT, table, query, "The newest generation")
    size, result = counted.value, counted.result
    if size.row_count == 0:
        raise Failure(
            "generation-empty",
            f"the newest generation, of {size.generation}, has no rows",
            table=table,
            expected="rows to explore",
            observed="0 rows: the partition is registered, and its folder is empty or gone",
            look=run.links.query(result.id) or "the query below, and the partition's folder in S3",
            do="find out who removed the data. The next snapshot is made from the newest partition, and would start "
            "from nothing",
            redo=SNAPSHOT,
        )
    if size.id_count != size.row_count:
        run.note(f"{size.row_count} rows have {size.id_count} different ids: joining by id repeats rows")
    return size.generation


def newest_is_fresh(run: Run, table: str, generation: str) -> None:
    lists = run.platform.branch.lists
    often, allowed = (
        ingestion_frequency.list_of(lists, table),
        ingestion_frequency.oldest_allowed(lists, table),
    )
    age = run.day - ingestion_frequency.day_of(generation)
    listed = f"in the {often} list" if often else "in neither list"
    run.record(
        Evidence(
            Kind.TABLE,
            f"Newest generation of {table}",
            {"Generation": generation, "Age": f"{age.days} days", "Ingested": often or "in neither list"},
        )
    )
    if age <= allowed:
        return
    raise Failure(
        "generation-old",
        f"the newest data is of {generation}, {age.days} days old",
        table=table,
        expected=f"at most {count(allowed.days, 'day')} old, as the table is {listed}",
        observed=f"{generation}; today is {run.day:%Y%m%d}",
        look=f"the runs of the four jobs since {generation}, and the partitions of {table}",
        do="see which stage no longer gets the table: its trigger, --table_list or crawl; where these are off,"
        " do sections 1 to 4 for it",
    )


def rhythm_is_told(run: Run, table: str) -> None:
    """Advice as a note; raises `Failure` where there is nothing to take it from."""
    query = generations.changes_query(run, table, ingestion_frequency.HISTORY_DAYS)
    counted = (
        query_worked(run, RECAST, table, query, "New and changed records by generation") if query else None
    )
    if counted is None or not counted.value:
        name = RECAST.catalog_table(table)
        raise Failure(
            "increments-empty",
            "no increment could be read",
            table=table,
            expected=f"rows in the generations of {name}",
            observed="none: the partitions are registered, and their folders are empty or gone",
            look="the query below, and the partitions' folders in S3",
            do="find out who removed the data",
            redo=RECAST,
        )
    changed = {each.generation: each.day_count for each in counted.value}
    often = ingestion_frequency.list_of(run.platform.branch.lists, table)
    # a weekly table's snapshots are made daily and say nothing of its imports
    idle = 0 if often == "weekly" else sum(day > max(changed) for day in run.days(SNAPSHOT, table))
    run.note(ingestion_frequency.advice(ingestion_frequency.rhythm(changed, idle), often))
