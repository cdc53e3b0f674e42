"""Queries that must work, and the newest generation that they show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from acceptance.aws.athena import QueryFailed, QueryResult, RunningQuery
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure
from acceptance.pipeline import SNAPSHOT, Stage
from acceptance.privacy import sample_rows
from acceptance.queries.failing import PageRows
from acceptance.queries.query import Answer, Asked, Question, ask
from acceptance.run.run import Run

T = TypeVar("T")

_UNREADABLE = (
    "compare the files' columns and types with those of the table and of today's partition: a partition "
    "keeps the schema that it was crawled with"
)
_EMPTIED = {
    SNAPSHOT: "A second run of the newer snapshot script on one day does so: it purges the partition, and then fails"
}
_MISSING = (
    "see whether today's files have it: if so, crawl them again; if not, see which stage, or the API, no longer has "
    "it"
)


def query_worked(run: Run, stage: Stage, table: str, asked: Asked[T], title: str) -> Answer[T]:
    """A query's answer; raises `Failure` where the data cannot be read as the Data Catalog describes it."""
    return asked.answer(lambda query: _result(run, stage, table, query, title))


def _result(run: Run, stage: Stage, table: str, query: RunningQuery, title: str) -> QueryResult:
    try:
        result = query.result()
    except QueryFailed as failed:
        if not failed.data_is_unreadable:
            raise
        raise Failure(
            "column-missing" if failed.missing else "data-unreadable",
            f"{failed.missing} is missing: the query cannot read it"
            if failed.missing
            else f"Athena cannot read the data: {failed.reason}",
            table=table,
            expected="the query runs",
            observed=f"query {failed.query_id} FAILED",
            look=run.links.query(failed.query_id) or "the query below",
            do=_MISSING if failed.missing else _UNREADABLE,
            redo=stage,
            evidence=(Evidence(Kind.QUERY, title, {"Query": failed.query_id}, text=query.sql),),
        ) from None
    run.record(result.evidence(run.links, title))
    return result


def shown(run: Run, title: str, question: Question[T]) -> T:
    """What the rows say that a finding is about; their query is recorded where it finds any."""
    answer = ask(run.athena, question).answer()
    if answer.result.rows:
        run.record_failing(title, answer.result)
    return answer.value


def named(ids: Iterable[object]) -> str:
    """Ids, as they may be shown."""
    return ", ".join(map(sample_rows.id_of, ids))


def on_pages(pages: list[PageRows]) -> str:
    """`2 on page 1, 1 on page 4`."""
    return ", ".join(f"{each.row_count} on page {each.page_number}" for each in pages)


def failing_ids(run: Run, title: str, failing: Answer[list[str]]) -> str:
    """The ids of failing rows, as they may be shown; the query is recorded."""
    run.record_failing(title, failing.result)
    return named(failing.value)


def generation_is_today(run: Run, stage: Stage, table: str, shown: Answer[list[str]]) -> None:
    """The newest generation that the playbook's query shows is today's, and it has rows."""
    newest, result = shown.value, shown.result
    column = f"last_{stage.generation}"
    day = run.day_of(stage, table)
    if newest == [f"{day:%Y%m%d}"]:
        return
    data = run.todays_data(stage, table)
    if run.partition(stage, table) and not data.objects:
        raise Failure(
            "partition-without-data",
            f"the partition of {day:%Y%m%d} is in the Data Catalog, and its folder is empty",
            table=table,
            expected=f"today's rows in {data.address}",
            observed=f"no object there; the newest rows are of {', '.join(newest) or 'no day at all'}",
            look=run.links.folder(data.bucket, data.prefix) or data.address,
            do=f"find out who removed the data. {_EMPTIED.get(stage, '')}".strip(),
            redo=stage,
        )
    raise Failure(
        "generation-not-todays",
        f"the newest data is of {', '.join(newest) or 'no day at all'}, not of "
        + ("today" if day == run.day else f"{day:%Y%m%d}, as the ingestion's newest is"),
        table=table,
        expected=f"{column} is {day:%Y%m%d} (UTC)",
        observed=f"{column} is {', '.join(newest)}" if newest else "the query shows no rows",
        look=run.links.query(result.id) or "the playbook's query below",
        do=f"see that steps {stage.run_step} and {stage.crawl_step} were done today for this table",
        redo=None if data.objects else stage,
    )
