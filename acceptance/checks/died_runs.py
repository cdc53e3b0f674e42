"""Job runs that take all tables and do not succeed: one finding, with the table and the column that they died over.

Every script takes its tables in the order of the list; what comes before the one it dies over is written, what comes
after is not (platform's documentation, "Seen when scripts like the platform's own were run").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.job_logs import RunLog
from acceptance.checks.recast import deployed_types
from acceptance.findings import Failure, NotRun
from acceptance.pipeline import RECAST, SNAPSHOT, Stage, source_of
from acceptance.run.run import Run
from acceptance.wording import meant

_RAISED = re.compile(r"\b\w*(?:Error|Exception|SystemExit): ")
_PURGED = re.compile(r"FileNotFound|No such file")
_CLASH = re.compile(r"AMBIGUOUS_REFERENCE|COLUMN_ALREADY_EXISTS|[Dd]uplicate column")
_QUALITY = re.compile(r"data quality", re.IGNORECASE)


@dataclass(frozen=True)
class Death:
    """What is known of a run that did not succeed."""

    written: tuple[str, ...]  # tables of which it left data, in the order of its list
    unwritten: tuple[str, ...]
    left: tuple[str, ...]  # of these, those that come after all written ones
    over: tuple[str, ...]  # the tables it died over; () where nothing tells
    cause: str  # what is wrong with these; "" where only the run's error tells
    log: RunLog

    @property
    def bearer(self) -> str:
        """The table whose scenario the finding stands in."""
        return next(iter((*self.over, *self.left, *self.unwritten, *reversed(self.written))))

    def told(self, stage: Stage, job_run: JobRun) -> str:
        """The finding's first line. Which table it was is said only where something tells."""
        if self.over:
            return (
                f"the {stage.title} run died over {' and '.join(self.over)}: {self.cause or _ending(job_run)}"
            )
        when = f"before it had written {self.left[0]}" if self.left else "after its last table"
        return f"the {stage.title} run died {when}: {_ending(job_run)}"

    def concerns(self, table: str) -> bool:
        """Whether it kept a table from being written; what is unwritten else, the run had passed over before."""
        return table in self.over or table in self.left


def is_quality(text: str) -> bool:
    """Whether a text is about data quality checks: what fails them may be the records or the rules."""
    return bool(_QUALITY.search(text))


def tables_of(stage: Stage, job_run: JobRun) -> tuple[str, ...]:
    """The tables that a run was given, in their order."""
    return tuple(job_run.arguments.get(stage.tables_argument, "").split(","))


def judge(run: Run, stage: Stage, table: str, job_run: JobRun) -> None:
    """What a run that died means for one of its tables.

    Nothing where it had written the table, or passed over it: its data, or their want, are judged. Raises `Failure` for
    the one table that the finding stands in, `NotRun` for the others.
    """
    death = run.once(("death", job_run.id), lambda: _look(run, stage, job_run))
    told = death.told(stage, job_run)
    if table == death.bearer:
        raise _finding(run, stage, job_run, death)
    if death.concerns(table):
        raise NotRun("not-reached", told, stage.run_step)
    run.note(f"{told}; what it had written before is judged all the same")


def _look(run: Run, stage: Stage, job_run: JobRun) -> Death:
    tables = tables_of(stage, job_run)
    written = tuple(table for table in tables if run.written(stage, table, job_run).objects)
    unwritten = tuple(table for table in tables if table not in written)
    left = tables[max((tables.index(table) for table in written), default=-1) + 1 :]
    log = run.logs.settled(job_run)
    left = _reached(left, tables, log)
    error = f"{job_run.error}\n{_last_error(log)}"
    suspects = [table for table in tables if table in unwritten or table in written[-1:]]
    named = _named(suspects, error)
    found = _columns_at_fault(run, stage, job_run, named or left)
    over = (
        named
        or tuple(table for table, columns in found.items() if _explains(table, columns, left, error))[:1]
    )
    columns = (
        [_with_near(run, stage, job_run, over[0], each) for each in found.get(over[0], [])] if over else []
    )
    cause = _cause(stage, columns, error) if over else ""
    return Death(written, unwritten, left, over, cause, log)


def _reached(left: tuple[str, ...], tables: tuple[str, ...], log: RunLog) -> tuple[str, ...]:
    """From the last table on that a line of the log is about: the run came as far, and passed over those before."""
    about = [named[0] for line in log.lines if len(named := _named(tables, line)) == 1]
    furthest = max((left.index(table) for table in about if table in left), default=0)
    return left[furthest:]


def _last_error(log: RunLog) -> str:
    """What the log says from the last exception on; "" for none."""
    text = "\n".join(log.lines)
    begins = [found.start() for found in _RAISED.finditer(text)]
    return text[text.rfind("\n", 0, begins[-1]) + 1 :] if begins else ""


def _named(names: Sequence[str], text: str) -> tuple[str, ...]:
    """Those that a text names: columns, or tables as themselves or as a stage's table or folder."""
    return tuple(
        name
        for name in names
        if re.search(rf"(?<![A-Za-z0-9_])(api_response_|increment_)?{re.escape(name)}(?!\w)", text)
    )


def _columns_at_fault(run: Run, stage: Stage, job_run: JobRun, tables: Iterable[str]) -> dict[str, list[str]]:
    """By table the columns that are known to end a run of the stage; tables without such are left out."""
    look = {RECAST: _typed_and_gone, SNAPSHOT: _new}.get(stage)
    if look is None:
        return {}
    return {table: sorted(columns) for table in tables if (columns := look(run, job_run, table))}


def _typed_and_gone(run: Run, job_run: JobRun, table: str) -> set[str]:
    source = run.partition(source_of(RECAST), table)
    types = deployed_types(run, run.jobs.get(job_run.job), table)
    return types.keys() - source.columns.keys() if source else set()


def _new(run: Run, _job_run: JobRun, table: str) -> set[str]:
    increment, last = run.partition(RECAST, table), run.last_generation(SNAPSHOT, table)
    if not increment or not last:
        return set()
    snapshot = next(each for each in run.partitions(SNAPSHOT, table) if each.values[-1] == last)
    return increment.columns.keys() - snapshot.columns.keys() - set(RECAST.partition_keys)


def _explains(table: str, columns: list[str], left: tuple[str, ...], error: str) -> bool:
    """Whether a table's columns are why the run died: of those further down the list only if the error names them."""
    return table == left[0] or bool(_named(columns, error))


def _with_near(run: Run, stage: Stage, job_run: JobRun, table: str, column: str) -> str:
    """A column that the dictionary names and the data lack may be a misspelt one: of those that it does not name."""
    source = run.partition(source_of(RECAST), table) if stage is RECAST else None
    if source is None:
        return column
    typed = deployed_types(run, run.jobs.get(job_run.job), table)
    return column + meant(column, set(source.columns).difference(typed))


def _cause(stage: Stage, columns: list[str], error: str) -> str:
    if columns:
        one, many = _COLUMNS[stage]
        return f"{one if len(columns) == 1 else many}, {', '.join(columns)}"
    if is_quality(error):
        return "its data quality checks failed"
    if stage is SNAPSHOT and _PURGED.search(error):
        return _READ_TOO_LATE
    return _ONE_NAME if _CLASH.search(error) else ""


_READ_TOO_LATE = "it could not read what it had purged: today's snapshot was there already"
_ONE_NAME = "two of its columns have one name"
_COLUMNS = {
    RECAST: (
        "its parsed data lack a column that the dictionary types",
        "its parsed data lack columns that the dictionary types",
    ),
    SNAPSHOT: ("its increments have a new column", "its increments have new columns"),
}


def _finding(run: Run, stage: Stage, job_run: JobRun, death: Death) -> Failure:
    log = death.log.evidence()
    written, unwritten = (", ".join(tables) or "none" for tables in (death.written, death.unwritten))
    return Failure(
        "job-run-died",
        death.told(stage, job_run),
        expected="the run's status after a few minutes is SUCCEEDED, with data of each of its tables",
        observed=f"{_ending(job_run)} after {job_run.seconds} s; written: {written}; not written: {unwritten}",
        look=run.links.job_run(job_run.job, job_run.id)
        or f"run {job_run.id} of “{job_run.job}”, and its log below",
        do=_remedy(stage, job_run, death),
        evidence=(log,) if log.text else (),
    )


def _remedy(stage: Stage, job_run: JobRun, death: Death) -> str:
    if job_run.state == "TIMEOUT":
        return "have the job's time-out raised, or find out what it waits for"
    if is_quality(death.cause):
        return "see in the log which check failed, and have its cause fixed in the data or in the script's dq_params"
    if death.cause == _READ_TOO_LATE:
        return (
            "find out who ran the job a second time today: this version of the script purges today's partition before "
            "it reads it. Its rows are gone, and the partition is left empty. Run the playbook again: it says what to "
            "remove"
        )
    if death.cause == _ONE_NAME:
        return (
            "see whether the API has a field that is called like the resource, like “json”, or like a column that the "
            "pipeline adds (page_number, import_date, …); have the script rename it"
        )
    if death.cause and stage is SNAPSHOT:
        return (
            "see “Changes in the API”; have the snapshot script take the column in, or the table's snapshot made anew, "
            "before it runs again"
        )
    if death.cause:
        return (
            "see “Changes in the API”; have the column taken out of the dictionary, or ask the vendor for it"
        )
    return "fix what the error says, and run the playbook again"


def _ending(job_run: JobRun) -> str:
    return f"{job_run.state}{': ' + job_run.error if job_run.error else ''}"
