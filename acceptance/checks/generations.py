"""The newest generation of a table: read by those who asked for it, and not stale; how often its data change."""

from __future__ import annotations

from acceptance import generations, rhythm
from acceptance.aws import storage
from acceptance.checks.queries import query_worked
from acceptance.findings import ASK, Blocked, Failure
from acceptance.pipeline import RECAST, SNAPSHOT
from acceptance.run import Run
from acceptance.verdict import Evidence, Kind


def snapshot_was_crawled(run: Run, table: str) -> None:
    """Raises `Blocked` where no crawl can have found a snapshot yet. One that made no table of it is a finding."""
    if run.catalog_table(SNAPSHOT, table):
        return
    bucket, prefix = run.environment.bucket(SNAPSHOT.zone), SNAPSHOT.prefix(table)
    first = next(storage.objects(run.aws, bucket, prefix), None)
    if first is None:
        raise Blocked(f"there is no snapshot of {table} yet", SNAPSHOT.crawl_step)
    try:
        last = run.crawlers.last(run.crawlers.find(SNAPSHOT))
    except Failure as failure:
        raise Blocked(str(failure).splitlines()[0], SNAPSHOT.crawl_step) from None
    if last.status != "SUCCEEDED" or last.started is None or last.started < first.modified:
        raise Blocked(f"the snapshot of {table} has not been crawled since it was made", SNAPSHOT.crawl_step)


def newest_is_readable(run: Run, table: str) -> str:
    """The newest snapshot's generation; raises `Failure` where there is none, or nothing in it."""
    query = generations.snapshot_query(run, table)
    if query is None:
        raise Failure(
            f"{table}: the table has no generation",
            expected=f"at least one partition of {table} in the refined zone",
            observed="a table without partitions",
            look=run.links.table(run.environment.database(SNAPSHOT.zone), table) or "the table's partitions",
            do=f"do step {SNAPSHOT.crawl_step} again; {ASK}",
        )
    result = query_worked(run, table, query, "The newest generation")
    row = result.rows[0]
    if row["row_count"] == 0:
        raise Failure(
            f"{table}: the newest generation, of {row['generation']}, has no rows",
            expected="rows to explore",
            observed="0 rows: the partition is registered, and its folder is empty or gone",
            look=run.links.query(result.id) or "the query below, and the partition's folder in S3",
            do=f"do steps {SNAPSHOT.run_step} and {SNAPSHOT.crawl_step} again; {ASK}",
        )
    if row["id_count"] != row["row_count"]:
        run.note(f"{row['row_count']} rows have {row['id_count']} different ids: joining by id repeats rows")
    return str(row["generation"])


def newest_is_fresh(run: Run, table: str, generation: str) -> None:
    lists = run.platform.branch.lists
    often, allowed = rhythm.list_of(lists, table), rhythm.oldest_allowed(lists, table)
    age = run.day - rhythm.day_of(generation)
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
        f"{table}: the newest data is of {generation}, {age.days} days old",
        expected=f"at most {allowed.days} day(s) old, as the table is {listed}",
        observed=f"{generation}; today is {run.day:%Y%m%d}",
        look=f"the runs of the four jobs since {generation}, and the partitions of {table}",
        do="see which stage no longer gets the table: its trigger, --table_list or crawl; where these are off,"
        f" do sections 1 to 4 for it; {ASK}",
    )


def rhythm_is_told(run: Run, table: str) -> None:
    """Advice as a note; raises `Failure` where there is nothing to take it from."""
    query = generations.changes_query(run, table)
    result = query_worked(run, table, query, "New and changed records by generation") if query else None
    if result is None or not result.rows:
        name = RECAST.catalog_table(table)
        raise Failure(
            f"{table}: no increment could be read",
            expected=f"rows in the generations of {name}",
            observed="none: the partitions are registered, and their folders are empty or gone",
            look="the query below, and the partitions' folders in S3",
            do=f"do steps {RECAST.run_step} and {RECAST.crawl_step} again; {ASK}",
        )
    changed = {str(row["generation"]): int(row["day_count"]) for row in result.rows}
    often = rhythm.list_of(run.platform.branch.lists, table)
    # a weekly table's snapshots are made daily and say nothing of its imports
    idle = 0 if often == "weekly" else sum(day > max(changed) for day in run.days(SNAPSHOT, table))
    run.note(rhythm.advice(rhythm.rhythm(changed, idle), often))
