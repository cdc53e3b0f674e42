"""The data of the API responses."""

from __future__ import annotations

from collections.abc import Mapping

from acceptance.aws.job_logs import RunLog
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import Stage
from acceptance.privacy import sample_rows
from acceptance.run.run import Run


def pages_answered(run: Run, stage: Stage, table: str, measured: Mapping[str, int]) -> None:
    """No page whose answer was not 200, nor one marked 200 whose records were lost."""
    failed = measured["failed_page_count"]
    if not failed:
        return
    pages = run.queries.failed_pages(table)
    run.record_failing("The pages that failed", pages)
    told = [
        f"page {row['page_number']} (status {sample_rows.id_of(row['import_api_status_code'] or 'none')})"
        for row in pages.rows
    ]
    raise Failure(
        "pages-failed",
        f"{failed} of {measured['page_count']} pages failed: {', '.join(told[:5])}"
        + (f" and {failed - 5} more" if failed > 5 else ""),
        table=table,
        expected="every page answered with status 200, with records",
        observed=f"{failed} page(s) without records; the next run of the job moves on past them, so they stay lost",
        look="the query of the failing pages below",
        do="see whether the API answers now; where it goes on, the vendor has to fix it",
        redo=stage,
    )


def promised_pages_arrived(
    run: Run, stage: Stage, table: str, measured: Mapping[str, int], log: RunLog | None
) -> None:
    """As many pages as the API promised to the run that brought the data."""
    promised = log.promised_pages if log else {}
    wanted, there = sum(promised.values()), measured["page_count"]
    if not wanted:
        run.note(f"how many pages the API promised is not known: {_why_unknown(log)}")
        return
    if there >= wanted:
        return
    missing = wanted - there
    full_load = set(promised) == {""}
    if full_load and missing == 1 and measured["last_page"] == wanted - 1:
        # the job holds back records updated today, and a page of only such records leaves no row: the last page of a
        # full load, with the newest records, may be one. Lost or held back, nothing but tomorrow's run can tell
        raise Blocked(
            "last-page-unknown",
            f"page {wanted} of {wanted} of {table} left no row: lost, or all its records were updated today and are "
            "held back until tomorrow; run again tomorrow",
            stage.run_step,
        )
    raise Failure(
        "pages-missing",
        f"{missing} of the {wanted} pages that the API promised are not there",
        table=table,
        expected=f"{wanted} pages, as the job's log says",
        observed=f"{there} pages",
        look="the run's log in step " + stage.run_step + ", and page_number in " + stage.catalog_table(table),
        do="see in the log what became of them",
        redo=stage,
    )


def _why_unknown(log: RunLog | None) -> str:
    if log is None:
        return "the run that brought the data is not among the test job's runs of today"
    if log.missing:
        return f"the log of the run that brought the data could not be had: {log.missing} (looked at: {log.place})"
    return "the log of the run that brought the data does not say"


def records_are_json(run: Run, stage: Stage, table: str, measured: Mapping[str, int]) -> None:
    rows, bad, anonymous = measured["row_count"], measured["not_json_count"], measured["without_id_count"]
    if rows and not bad and not anonymous and measured["record_count"]:
        return
    raise Failure(
        "records-not-json" if measured["record_count"] else "no-records",
        f"{_plural(bad, 'record')} not valid JSON, {_plural(anonymous, 'record')} without an id"
        if measured["record_count"]
        else "today's generation holds no record at all",
        table=table,
        expected=f"a JSON object with an id in the column {table} of every row",
        observed=f"{rows} rows, {measured['record_count']} records, {bad} not JSON, {anonymous} without an id",
        look="the checks' query below",
        do="look at a row of them in Athena; what the API sends has changed, or the job's script has",
        redo=stage,
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
