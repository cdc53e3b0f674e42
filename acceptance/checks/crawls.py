"""Crawls, and the partitions that they register."""

from __future__ import annotations

from acceptance.aws.glue_catalog import Partition, same_place
from acceptance.aws.glue_crawlers import Crawl
from acceptance.aws.s3_objects import Folder
from acceptance.findings import Failure
from acceptance.pipeline import Stage
from acceptance.run import resume
from acceptance.run.run import Run


def crawl_succeeded(run: Run, crawl: Crawl) -> None:
    if crawl.taken_from:
        run.note(resume.told(crawl))
    if crawl.status == "SUCCEEDED" or not crawl.own:  # whose it is, the next check says
        return
    raise Failure(
        "crawl-failed",
        f"the crawl of {crawl.crawler} ended as {crawl.status or 'no crawl at all'}"
        + (f": {crawl.error}" if crawl.error else ""),
        expected="the crawler's state goes from Running to Succeeded",
        observed=f"{crawl.status or 'never crawled'}; no table of this stage is sure to be up to date",
        look=run.links.crawler(crawl.crawler)
        or f"the crawl's log, group /aws-glue/crawlers, stream {crawl.crawler}",
        do="fix what the error says (target folder, role, a table in the way) and crawl again",
    )


def crawl_is_fresh(run: Run, stage: Stage, table: str, crawl: Crawl, data: Folder) -> None:
    """`LastCrawl` of a crawler that is READY may be yesterday's."""
    fresh = crawl.own and crawl.started and data.newest and crawl.started >= data.newest
    if fresh:
        return
    began = f"{crawl.started:%Y-%m-%d %H:%M:%S} UTC" if crawl.started else "never"
    written = f"{data.newest:%Y-%m-%d %H:%M:%S} UTC" if data.newest else "never"
    raise Failure(
        "crawl-stale",
        f"the newest crawl of {crawl.crawler} is older than the data",
        table=table,
        expected=f"a crawl that began after {written}, when the data of {table} was written",
        observed=f"the last crawl began {began}, although the crawler took the order to start",
        look=run.links.crawler(crawl.crawler) or f"the crawl history of {crawl.crawler}",
        do=f"run step {stage.crawl_step} again",
        ask="if the crawler still does not start, ask the Data Platform team",
    )


def partition_is_registered(run: Run, stage: Stage, table: str) -> None:
    """Today's folder of the table is a partition of the very table, at the very place."""
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    day = run.day_of(stage, table)
    location = f"s3://{run.environment.bucket(stage.zone)}/{stage.partition_prefix(table, day)}"
    partition = run.partition(stage, table)
    if partition and same_place(partition.location, location):
        return
    what, do, wrong = _why_unregistered(run, stage, table, partition, location)
    raise Failure(
        "data-not-crawled",
        f"today's data is not in the Data Catalog: {what}",
        table=table,
        expected=f"{database}.{name} with the partition of {day:%Y%m%d} at {location}",
        observed=what,
        look=run.links.table(database, name) or f"the table and its partitions in {database}",
        do=do,
        recrawl=stage if wrong else None,
    )


def _why_unregistered(
    run: Run, stage: Stage, table: str, partition: Partition | None, location: str
) -> tuple[str, str, bool]:
    """What is there instead, what to do, and whether a catalog table has to go first."""
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    found, twins = run.catalog.table(database, name), run.twins(stage, table)
    others = " and ".join(twins)
    if partition:
        moved = f"today's partition of {name} lies at {partition.location}"
        return moved, "find out who moved it: a crawl registers it anew once the table is removed", True
    if found and not same_place(found.location, _folder(run, stage, table)):
        taken = f"the name is taken: {name} lies at {found.location}"
        if twins:
            taken += f", so the crawler has put the data into {others}"
        return taken, f"find out who has made {name}: no job reads a table of another name", True
    if found and twins:
        shared = f"{name} shares its folder with {others}, and a crawl updates one table of a folder"
        return shared, f"find out who has made {others}", True
    if found:
        return f"the table {name} has no partition for {location.split('=')[-1].rstrip('/')}", _COVERS, False
    if twins:
        return f"there is no table {name}: the crawler has put the data into {others}", _TAKEN, True
    tables = run.catalog.tables(database)
    if above := [other.name for other in tables if other.location and _is_above(other.location, location)]:
        merged = f"no table {name}: the folder went into the table {', '.join(above)}, which lies above it"
        return merged, "have the crawler's grouping and table level fixed", True
    alike = [other.name for other in tables if table in other.name]
    return f"no table {name}; tables named alike: {', '.join(alike) or 'none'}", _COVERS, False


_COVERS = "see whether the crawler's target, exclusions and table level cover the folder, and crawl again"
_TAKEN = (
    "the name was taken when the folder was crawled, so the crawler added a suffix: no job reads that table"
)


def _folder(run: Run, stage: Stage, table: str) -> str:
    return f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"


def _is_above(location: str, other: str) -> bool:
    return other.startswith(location.rstrip("/") + "/") and not same_place(location, other)
