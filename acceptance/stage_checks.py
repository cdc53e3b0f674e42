"""What the Thens of a stage insist on. Each function checks one thing and raises `Failure` in words for the analyst."""

from __future__ import annotations

import re
from collections.abc import Mapping

from acceptance.athena import QueryFailed, QueryResult, RunningQuery
from acceptance.catalog import CatalogTable
from acceptance.crawls import Crawl
from acceptance.findings import ASK, Blocked, Failure, NothingNew
from acceptance.job_runs import JobRun, RunLog
from acceptance.jobs import Job
from acceptance.pipeline import API_RESPONSE_COLUMNS, Stage
from acceptance.run import Run
from acceptance.storage import Folder
from acceptance.verdict import Comparison, Evidence, Kind

_UNREADABLE = re.compile(r"HIVE_|TABLE_NOT_FOUND|COLUMN_NOT_FOUND|TYPE_MISMATCH|SCHEMA_NOT_FOUND")
"""How Athena words what is wrong with the data or its description; other errors are Athena's or the suite's own."""


def clone_is_faithful(run: Run, original: Job, clone: Job) -> None:
    """Nothing that AWS lets a clone carry was lost on the way."""
    carried, arrived = run.jobs.cloneable(original), run.jobs.cloneable(clone)
    compared = tuple(
        Comparison(
            name, _short(carried.get(name)), _short(arrived.get(name)), carried.get(name) == arrived.get(name)
        )
        for name in sorted({*carried, *arrived})
    )
    run.record(Evidence(Kind.JOB, clone.name, comparisons=compared, link=run.links.job(clone.name)))
    if wrong := [c.name for c in compared if not c.ok]:
        raise Failure(
            f"the clone of “{original.name}” differs from it in {', '.join(wrong)}",
            expected=f"“{clone.name}” has the original's {', '.join(wrong)}",
            observed="; ".join(f"{c.name} is {c.observed}, not {c.expected}" for c in compared if not c.ok),
            look=run.links.job(clone.name) or f"the definition of “{clone.name}” beside the original's",
            do="see whether a policy of the account rewrites jobs when they are made; " + ASK,
        )


def run_succeeded(run: Run, subject: str, job_run: JobRun) -> None:
    if job_run.succeeded:
        return
    log = run.log(job_run).evidence()
    raise Failure(
        f"{subject}: the job run ended as {job_run.state}{': ' + job_run.error if job_run.error else ''}",
        expected="the run's status after a few minutes is SUCCEEDED",
        observed=f"{job_run.state} after {job_run.seconds} s",
        look=run.links.job_run(job_run.job, job_run.id)
        or f"run {job_run.id} of “{job_run.job}”, and its log below",
        do=(
            "have the job's time-out raised, or find out what it waits for"
            if job_run.state == "TIMEOUT"
            else "mend what the error says and run this step again"
        )
        + f"; {ASK}",
        evidence=(log,) if log.text else (),
    )


def data_arrived(run: Run, stage: Stage, table: str, job_run: JobRun) -> None:
    """Objects of this run in today's partition; or the log says that there was nothing to ingest."""
    if job_run.started.date() != run.day:
        raise RuntimeError(
            f"the job run began on {job_run.started:%Y-%m-%d} UTC and this run of the playbook on {run.day}: "
            "it went over midnight; start it again"
        )
    written = run.todays_data(stage, table, written_by=job_run)
    if written.objects:
        run.record(written.evidence(run.links))
        return
    log = run.log(job_run)
    run.record(log.evidence())
    standing = run.todays_data(stage, table)
    if log.nothing_to_ask and standing.objects:
        run.note("this run had nothing to ask for: an earlier run of today has brought the data")
        run.record(standing.evidence(run.links))
        return
    if log.nothing_to_ask:
        raise NothingNew(f"the job's log says that there was nothing to ingest for {table}")
    promised = sum(log.promised_pages.values())
    raise Failure(
        f"{table}: the job run SUCCEEDED, but it has written no data",
        expected=f"objects of run {job_run.id} in {written.address}",
        observed=f"none; the log promises {promised} page(s)"
        if promised
        else "none; and the log does not say why",
        look=run.links.folder(written.bucket, written.prefix) or f"{written.address} and the run's log below",
        do="see in the log what became of the pages: refused by the API, or written to another folder, or all of "
        f"their records updated today (the job leaves those for tomorrow); {ASK}",
    )


def crawl_succeeded(run: Run, crawl: Crawl) -> None:
    if crawl.status == "SUCCEEDED" or not crawl.own:  # whose it is, the next check says
        return
    raise Failure(
        f"the crawl of {crawl.crawler} ended as {crawl.status or 'no crawl at all'}"
        + (f": {crawl.error}" if crawl.error else ""),
        expected="the crawler's state goes from Running to Succeeded",
        observed=f"{crawl.status or 'never crawled'}; no table of this stage is sure to be up to date",
        look=run.links.crawler(crawl.crawler)
        or f"the crawl's log, group /aws-glue/crawlers, stream {crawl.crawler}",
        do=f"mend what the error says (target folder, role, a table in the way) and crawl again; {ASK}",
    )


def crawl_is_fresh(run: Run, stage: Stage, table: str, crawl: Crawl, data: Folder) -> None:
    """`LastCrawl` of a crawler that is READY may be yesterday's."""
    fresh = crawl.own and crawl.started and data.newest and crawl.started >= data.newest
    if fresh:
        return
    began = f"{crawl.started:%Y-%m-%d %H:%M:%S} UTC" if crawl.started else "never"
    written = f"{data.newest:%Y-%m-%d %H:%M:%S} UTC" if data.newest else "never"
    raise Failure(
        f"{table}: the newest crawl of {crawl.crawler} is older than the data",
        expected=f"a crawl that began after {written}, when the data of {table} was written",
        observed=f"the last crawl began {began}, although the crawler took the order to start",
        look=run.links.crawler(crawl.crawler) or f"the crawl history of {crawl.crawler}",
        do=f"run step {stage.crawl_step} again; if the crawler still does not start, {ASK}",
    )


def partition_is_registered(run: Run, stage: Stage, table: str) -> None:
    """Today's folder of the table is a partition of the very table, at the very place."""
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    location = f"s3://{run.environment.bucket(stage.zone)}/{stage.partition_prefix(table, run.day)}"
    partition = run.catalog.partition(database, name, stage.partition_values(run.day))
    if partition and _same_place(partition.location, location):
        return
    others = [other for other in run.catalog.names(database) if table in other]
    known = run.catalog.table(database, name)
    if partition:
        observed = f"today's partition of {name} lies at {partition.location}"
    elif known is None:
        observed = f"no table {name}; tables named alike: {', '.join(others) or 'none'}"
    else:
        observed = f"the table {name} without a partition for {run.day:%Y%m%d}"
    raise Failure(
        f"{table}: today's data is not in the Data Catalog",
        expected=f"{database}.{name} with the partition of {run.day:%Y%m%d} at {location}",
        observed=observed,
        look=run.links.table(database, name) or f"the table and its partitions in {database}",
        do="see whether the crawler's target, exclusions and table level cover the folder, and whether another table "
        f"took it in; then run step {stage.crawl_step} again; {ASK}",
    )


def table_is_found(run: Run, stage: Stage, table: str, found: CatalogTable | None) -> CatalogTable:
    if found:
        return found
    database, name = run.environment.database(stage.zone), stage.catalog_table(table)
    alike = [other for other in run.catalog.names(database) if table in other or name in other]
    raise Failure(
        f"{table}: the table {name} is not in {database}",
        expected=f"a table called exactly {name}: the next job looks for that name",
        observed=f"tables named alike: {', '.join(alike) or 'none'}",
        look=run.links.table(database, name) or f"the tables of {database}",
        do="if the name was taken, the crawler has added a suffix: have the table in the way removed and crawl again; "
        f"if nothing is there, run step {stage.crawl_step}; {ASK}",
    )


def table_lies_at(run: Run, stage: Stage, table: str, found: CatalogTable) -> None:
    expected = f"s3://{run.environment.bucket(stage.zone)}/{stage.prefix(table)}"
    if _same_place(found.location, expected):
        return
    raise Failure(
        f"{table}: {found.name} reads another folder than the job writes",
        expected=expected,
        observed=found.location or "no location",
        look=run.links.table(found.database, found.name) or f"the location of {found.database}.{found.name}",
        do=f"have the table removed, so that the next crawl makes it anew at its place; {ASK}",
    )


def table_is_partitioned_by(run: Run, table: str, found: CatalogTable, keys: tuple[str, ...]) -> None:
    observed = tuple(found.partition_keys)
    others = {key: kind for key, kind in found.partition_keys.items() if kind != "string"}
    if observed == keys and not others:
        return
    raise Failure(
        f"{table}: {found.name} has other partition keys than the pipeline reads",
        expected=", ".join(keys) + ", all strings",
        observed=", ".join(f"{key} {kind}" for key, kind in found.partition_keys.items())
        or "no partition keys",
        look=run.links.table(found.database, found.name)
        or f"the definition of {found.database}.{found.name}",
        do="an additional key tells of folders merged into one table, or of the crawler's table level: "
        f"have the crawler's grouping mended and the table removed before the next crawl; {ASK}",
    )


def columns_are(run: Run, table: str, found: CatalogTable, expected: Mapping[str, str]) -> None:
    """Exactly these columns with exactly these types, in whatever order."""
    compared = tuple(
        Comparison(
            name,
            expected.get(name, "not there"),
            found.columns.get(name, "not there"),
            expected.get(name) == found.columns.get(name),
        )
        for name in {**expected, **found.columns}
    )
    run.record(
        Evidence(
            Kind.TABLE,
            f"Columns of {found.name}",
            comparisons=compared,
            link=run.links.table(found.database, found.name),
        )
    )
    wrong = [c for c in compared if not c.ok]
    if not wrong:
        return
    raise Failure(
        f"{table}: {found.name} has not the columns it should have: "
        + ", ".join(f"{c.name} is {_missing(c.observed)}" for c in wrong[:5])
        + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""),
        expected=", ".join(f"{c.name} {_missing(c.expected)}" for c in wrong),
        observed=", ".join(f"{c.name} {_missing(c.observed)}" for c in wrong),
        look=run.links.table(found.database, found.name) or f"the columns of {found.database}.{found.name}",
        do="compare with what the job's script writes: an older script in S3, or files of another job in the folder; "
        f"then run the job and the crawler again; {ASK}",
    )


def api_response_columns(table: str) -> dict[str, str]:
    first, *others = API_RESPONSE_COLUMNS.items()
    return dict([first, (table, "string"), *others])


def generation_is_today(run: Run, stage: Stage, table: str, result: QueryResult) -> None:
    """The newest generation that the playbook's query shows is today's, and it has rows."""
    column = f"last_{stage.generation}"
    newest = sorted({str(row[column]) for row in result.rows})
    if newest == [f"{run.day:%Y%m%d}"]:
        return
    raise Failure(
        f"{table}: the newest data is of {', '.join(newest) or 'no day at all'}, not of today",
        expected=f"{column} is {run.day:%Y%m%d} (today, UTC)",
        observed=f"{column} is {', '.join(newest)}" if newest else "the query shows no rows",
        look=run.links.query(result.id) or "the playbook's query below",
        do=f"see that steps {stage.run_step} and {stage.crawl_step} were done today for this table; {ASK}",
    )


def pages_answered(run: Run, stage: Stage, table: str, measured: Mapping[str, int]) -> None:
    """No page whose answer was not 200, nor one marked 200 whose records were lost."""
    failed = measured["failed_page_count"]
    if not failed:
        return
    pages = run.failed_pages(table)
    run.record(pages.evidence(run.links, "The pages that failed"))
    told = [
        f"page {row['page_number']} (status {row['import_api_status_code'] or 'none'})" for row in pages.rows
    ]
    raise Failure(
        f"{table}: {failed} of {measured['page_count']} pages failed: {', '.join(told[:5])}"
        + (f" and {failed - 5} more" if failed > 5 else ""),
        expected="every page answered with status 200, with records",
        observed=f"{failed} page(s) without records; the next run of the job moves on past them, so they stay lost",
        look="the query of the failing pages below",
        do="if the API had a bad moment, have today's partition of "
        f"{stage.catalog_table(table)} removed and do step {stage.run_step} again; if it goes on, it is the vendor's "
        f"to mend; {ASK}",
    )


def promised_pages_arrived(
    run: Run, stage: Stage, table: str, measured: Mapping[str, int], log: RunLog | None
) -> None:
    """As many pages as the API promised to the run that brought the data."""
    promised = log.promised_pages if log else {}
    wanted, there = sum(promised.values()), measured["page_count"]
    if not wanted:
        run.note(
            "how many pages the API promised is not known: the log of the run that brought the data is not at hand; "
            f"{there} page(s) are there"
        )
        return
    if there >= wanted:
        return
    missing = wanted - there
    full_load = set(promised) == {""}
    if full_load and missing == 1 and measured["last_page"] == wanted - 1:
        # the job holds back records updated today, and a page of only such records leaves no row: the last page of a
        # full load, with the newest records, may be one. Lost or held back, nothing but tomorrow's run can tell
        raise Blocked(
            f"page {wanted} of {wanted} of {table} left no row: lost, or all its records were updated today and are "
            "held back until tomorrow; run again tomorrow",
            stage.run_step,
        )
    raise Failure(
        f"{table}: {missing} of the {wanted} pages that the API promised are not there",
        expected=f"{wanted} pages, as the job's log says",
        observed=f"{there} pages",
        look="the run's log in step " + stage.run_step + ", and page_number in " + stage.catalog_table(table),
        do=f"have today's partition of {stage.catalog_table(table)} removed and do step {stage.run_step} again; {ASK}",
    )


def records_are_json(run: Run, stage: Stage, table: str, measured: Mapping[str, int]) -> None:
    rows, bad, anonymous = measured["row_count"], measured["not_json_count"], measured["without_id_count"]
    if rows and not bad and not anonymous and measured["record_count"]:
        return
    raise Failure(
        f"{table}: {_plural(bad, 'record')} not valid JSON, {_plural(anonymous, 'record')} without an id"
        if measured["record_count"]
        else f"{table}: today's generation holds no record at all",
        expected=f"a JSON object with an id in the column {table} of every row",
        observed=f"{rows} rows, {measured['record_count']} records, {bad} not JSON, {anonymous} without an id",
        look="the checks' query below",
        do=f"look at a row of them in Athena; what the API sends has changed, or the job's script has; {ASK}",
    )


def query_worked(run: Run, table: str, query: RunningQuery, title: str) -> QueryResult:
    """A query's result; raises `Failure` where the data cannot be read as the Data Catalog describes it."""
    try:
        result = query.result()
    except QueryFailed as failed:
        if not _UNREADABLE.match(failed.reason):
            raise
        raise Failure(
            f"{table}: Athena cannot read the data: {failed.reason}",
            expected="the query runs",
            observed=f"query {failed.query_id} FAILED",
            look=run.links.query(failed.query_id) or "the query below",
            do="compare the files' columns and types with those of the table and of today's partition: a partition "
            f"keeps the schema that it was crawled with; {ASK}",
            evidence=(Evidence(Kind.QUERY, title, {"Query": failed.query_id}, text=query.sql),),
        ) from None
    run.record(result.evidence(run.links, title))
    return result


def _same_place(location: str, expected: str) -> bool:
    return location.rstrip("/") == expected.rstrip("/")


def _missing(kind: str) -> str:
    return "missing" if kind == "not there" else kind


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _short(value: object) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 200 else f"{text[:197]}…"
