"""The data of the API responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from acceptance.aws.job_logs import RunLog
from acceptance.checks.queries import named, on_pages, shown
from acceptance.findings import Blocked, Failure
from acceptance.pipeline import INGESTION, Stage
from acceptance.privacy import sample_rows
from acceptance.queries.failing import bad_records, repeated_records
from acceptance.queries.ingestion import IngestionCounts
from acceptance.queries.past_pages import PastPages
from acceptance.run.lost_pages import Loss
from acceptance.run.run import Run
from acceptance.wording import count


def pages_answered(run: Run, stage: Stage, table: str, counts: IngestionCounts) -> None:
    """No page whose answer was not 200, nor one marked 200 whose records were lost."""
    failed = counts.failed_page_count
    if not failed:
        return
    pages = run.queries.failed_pages(table)
    run.record_failing("The pages that failed", pages.result)
    told = [f"page {page.number} (status {sample_rows.id_of(page.status or 'none')})" for page in pages.value]
    raise Failure(
        "pages-failed",
        f"{failed} of {counts.page_count} pages failed: {', '.join(told[:5])}"
        + (f" and {failed - 5} more" if failed > 5 else ""),
        table=table,
        expected="every page answered with status 200, with records",
        observed=f"{count(failed, 'page')} without records; the next run of the job does not ask for them again",
        look="the query of the failing pages below",
        do="see whether the API answers now; where it goes on, the vendor has to fix it",
        redo=stage,
    )


def promised_pages_arrived(
    run: Run, stage: Stage, table: str, counts: IngestionCounts, log: RunLog | None
) -> None:
    """As many pages as the API promised to the run that brought the data."""
    day, written = f"{run.day_of(stage, table):%Y%m%d}", run.todays_data(stage, table).newest
    promised = log.promised_pages if log else {}
    known = _remembered(run, table, day, written)
    if promised:
        known = Loss(table, day, sum(promised.values()), set(promised) == {""}, written)
    there = counts.page_count
    if known is None or not known.promised:
        run.note(f"how many pages the API promised is not known: {_why_unknown(log)}")
        return
    wanted = known.promised
    if there >= wanted:
        run.lost_pages.forget(table, day)
        return
    found = run.queries.pages(table)
    run.record_failing("The pages that left rows", found.result)
    missing = set(range(1, wanted + 1)) - found.value
    if log and known.full_load:
        known = replace(known, asked=_were_asked(missing, found.value, log.asked_pages))
    run.lost_pages.remember(known)
    if known.may_be_held_back:
        raise _unknown(table, f"{_numbers(missing)} of {wanted}")
    raise Failure(
        "pages-missing",
        f"{wanted - there} of the {wanted} pages that the API promised are not there",
        table=table,
        expected=f"{wanted} pages, as the job's log says",
        observed=f"{there} pages"
        + ("" if known.asked else f"; the job has not asked for {_numbers(missing)}"),
        look="the run's log in step " + stage.run_step + ", and page_number in " + stage.catalog_table(table),
        do="see in the log what became of them",
        redo=stage,
    )


def _unknown(table: str, pages: str) -> Blocked:
    """The job holds back records updated today, and a page of only such records leaves no row.

    Lost or held back, nothing but the next generation can tell: it has the records that were held back.
    """
    return Blocked(
        "pages-unknown",
        f"{pages} of {table} left no row: lost, or all records there were updated today and are held back until "
        "tomorrow; run again tomorrow",
        INGESTION.run_step,
    )


def _were_asked(missing: set[int], there: set[int], asked: set[int]) -> bool:
    """Whether the job may have asked for all missing pages.

    Its log says that it has not where it names every page that is there, and later ones than a missing page that it
    does not name. A log's last lines come late.
    """
    return not (there <= asked and any(number < max(asked, default=0) for number in missing - asked))


def _numbers(pages: set[int]) -> str:
    first = ", ".join(map(str, sorted(pages)[:5])) + (f" and {len(pages) - 5} more" if len(pages) > 5 else "")
    return f"{'page' if len(pages) == 1 else 'pages'} {first}"


def _remembered(run: Run, table: str, day: str, written: datetime | None) -> Loss | None:
    """What an earlier run found missing in the same data."""
    return next(
        (loss for loss in run.lost_pages.of(table) if (loss.day, loss.written) == (day, written)), None
    )


def remember_gaps(run: Run, table: str, past: list[PastPages]) -> bool:
    """Page numbers that a generation leaves out are pages that the API has promised; whether there are new ones."""
    known = {loss.day for loss in run.lost_pages.of(table)}
    found = [each for each in past if each.missing and each.day not in known]
    for each in found:
        run.lost_pages.remember(
            Loss(table, each.day, each.pages + each.missing, each.asked_for_all, written=None)
        )
    return bool(found)


def no_page_is_lost_of_earlier_days(run: Run, table: str, past: list[PastPages], through: str) -> None:
    """The job never asks again for a page that failed: its records are missing from every later snapshot.

    `past`: the generations up to the one under test, the oldest first; `through`: the last that is judged, yyyymmdd.
    """
    lost = [
        f"{each.day}: {each.failed} of {count(each.pages, 'page')} failed"
        for each in past
        if each.failed and each.day <= through
    ]
    today, unknown = f"{run.day_of(INGESTION, table):%Y%m%d}", 0
    for loss in run.lost_pages.of(table):
        if loss.day > through:
            continue
        missing = _still_missing(loss, past)
        if missing and loss.may_be_held_back and loss.day == today:
            unknown = missing
        elif missing:
            lost.append(
                f"{loss.day}: {missing} of the {loss.promised} pages that the API promised left no row"
            )
        else:
            run.lost_pages.forget(table, loss.day)
    if not lost and unknown:
        raise _unknown(table, count(unknown, "page"))
    if not lost:
        return
    raise Failure(
        "history-pages-lost",
        f"pages are lost: {'; '.join(lost)}",
        table=table,
        expected="every page of every day with its records",
        observed=f"{count(len(lost), 'day')} with pages that failed or left no row",
        look=f"import_api_status_code and page_number in {INGESTION.catalog_table(table)} on these days",
        do="see whether the API answers now: the job never asks for these pages again, and their records are in no "
        "snapshot until the table is ingested anew",
        redo=INGESTION,
    )


def _still_missing(loss: Loss, past: list[PastPages]) -> int:
    """How many pages; 0 where the generation is gone or whole, or where the next one explains them.

    A page that left no row may have held nothing but records of its own day: the job holds these back until the next,
    and then they are in the generation after it, as many as are missing at least.
    """
    found = [each for each in past if each.day >= loss.day]
    if not found or found[0].day != loss.day:
        return 0
    generation, *later = found
    missing = max(loss.promised - generation.pages, 0)
    came = later[0].came_late[loss.day] if later else 0
    return 0 if loss.may_be_held_back and came >= generation.lacks_of(loss.promised) else missing


def _why_unknown(log: RunLog | None) -> str:
    if log is None:
        return "the run that brought the data is not among the test job's runs of today"
    if log.missing:
        return f"the log of the run that brought the data could not be had: {log.missing} (looked at: {log.place})"
    return "the log of the run that brought the data does not say"


def records_are_json(run: Run, stage: Stage, table: str, counts: IngestionCounts) -> None:
    rows, bad, anonymous = counts.row_count, counts.not_json_count, counts.without_id_count
    if rows and not bad and not anonymous and counts.record_count:
        return
    pages = []
    if bad or anonymous:
        database, day = run.environment.database(stage.zone), run.day_of(stage, table)
        pages = shown(
            run, "Records that are not JSON, or have no id, by page", bad_records(database, table, day)
        )
    raise Failure(
        "records-not-json" if counts.record_count else "no-records",
        f"{count(bad, 'record')} not valid JSON, {count(anonymous, 'record')} without an id"
        if counts.record_count
        else "today's generation holds no record at all",
        table=table,
        expected=f"a JSON object with an id in the column {table} of every row",
        observed=f"{rows} rows, {counts.record_count} records, {bad} not JSON, {anonymous} without an id"
        + (f": {on_pages(pages)}" if pages else ""),
        look="the query of their pages below" if pages else "the checks' query below",
        do="look at a row of them in Athena. Where the record is cut off, or no JSON, see whether the job's script has "
        "changed; where the API sends it so, the vendor has to fix it",
        redo=stage,
    )


def records_are_there_once(run: Run, stage: Stage, table: str, counts: IngestionCounts) -> None:
    """The job loads everything until its table is crawled: a second run of a day brings each record once more."""
    records, different = counts.record_count, counts.distinct_count
    if records == different:
        return
    database, day = run.environment.database(stage.zone), run.day_of(stage, table)
    found = shown(run, "Records that are there more than once", repeated_records(database, table, day))
    runs = max((each.moments for each in found), default=1) > 1
    often = (
        f"each of the {different} records is there {records // different} times"
        if records % different == 0
        else f"{records - different} of {records} records are repetitions"
    )
    asked = sorted({moment for each in found for moment in (each.earliest, each.latest)})
    when = f"{asked[0]:%H:%M:%S} and {asked[-1]:%H:%M:%S} UTC" if asked else ""
    raise Failure(
        "records-ingested-again" if runs else "records-repeated",
        f"{often}: the job "
        + (f"has loaded them at {when}" if runs else "has loaded a page with repetitions"),
        table=table,
        expected="each record of a page once",
        observed=f"{records} records, {different} of them different; for instance the ids "
        + named(each.id for each in found),
        look="the query of the repeated records below; its columns earliest and latest tell when they were loaded",
        do="find out who ran the job twice: until its table is crawled, each run loads everything. The parse would "
        "reject the table"
        if runs
        else "see whether the API sends records twice, which is the vendor's to fix, or the job writes them twice",
        redo=stage,
    )
