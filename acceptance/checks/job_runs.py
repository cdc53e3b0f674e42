"""Clones and runs of the pipeline's jobs."""

from __future__ import annotations

from acceptance.aws.glue_job_runs import JobRun
from acceptance.aws.glue_jobs import Job
from acceptance.aws.job_logs import NOTHING_TO_ASK, RunLog
from acceptance.aws.s3_objects import look_into
from acceptance.checks import died_runs
from acceptance.evidence import Comparison, Evidence, Kind
from acceptance.findings import DayOver, Failure, LogMissing, NothingNew
from acceptance.pipeline import INGESTION, Stage
from acceptance.run import resume
from acceptance.run.rerun_policy import Standing
from acceptance.run.run import Run
from acceptance.wording import count

_TO_READ_IT = "have logs:FilterLogEvents granted on these groups, or ask for the log, and run again"


def clone_is_faithful(run: Run, original: Job, clone: Job) -> None:
    """Nothing that AWS lets a clone carry was lost on the way; of the original's retries it is to have none."""
    carried, arrived = run.jobs.definition_of_clone(original), run.jobs.cloneable(clone)
    compared = tuple(
        Comparison(
            name, _short(carried.get(name)), _short(arrived.get(name)), carried.get(name) == arrived.get(name)
        )
        for name in sorted({*carried, *arrived})
    )
    run.record(Evidence(Kind.JOB, clone.name, comparisons=compared, link=run.links.job(clone.name)))
    if original.retries:
        run.note(
            f"after a failed run Glue tries “{original.name}” again, up to {count(original.retries, 'time')}; "
            "its clone has no retries, so that the first failure is seen"
        )
    if wrong := [c.name for c in compared if not c.ok]:
        raise Failure(
            "clone-differs",
            f"the clone of “{original.name}” differs from it in {', '.join(wrong)}",
            expected=f"“{clone.name}” has the original's {', '.join(wrong)}",
            observed="; ".join(f"{c.name} is {c.observed}, not {c.expected}" for c in compared if not c.ok),
            look=run.links.job(clone.name) or f"the definition of “{clone.name}” beside the original's",
            do="see whether a policy of the account rewrites jobs when they are made",
        )


def run_succeeded(run: Run, stage: Stage, table: str, job_run: JobRun | Standing) -> None:
    """Of a run for several tables that died, those pass that it had written: what it wrote is judged."""
    if isinstance(job_run, Standing):
        _note_standing(run, job_run)
        return
    if job_run.taken_from:
        run.note(resume.told(job_run))
    if job_run.found:
        run.note(
            f"“{job_run.job}” has done this today in {job_run.id}: that job run is judged, not run again"
        )
    if job_run.attempt:
        run.note(
            f"Glue tried the run of “{job_run.job}” again, as the job's MaxRetries has it: this is attempt "
            f"{job_run.attempt + 1}, and the log of {job_run.previous} says why the one before failed"
        )
    if job_run.succeeded:
        return
    if not stage.run_per_table:
        died_runs.judge(run, stage, table, job_run)
        return
    log = run.logs.of(job_run).evidence()
    raise Failure(
        "job-run-failed",
        f"the job run ended as {job_run.state}{': ' + job_run.error if job_run.error else ''}",
        table=table,
        expected="the run's status after a few minutes is SUCCEEDED",
        observed=f"{job_run.state} after {job_run.seconds} s",
        look=run.links.job_run(job_run.job, job_run.id)
        or f"run {job_run.id} of “{job_run.job}”, and its log below",
        do=(
            "have the job's time-out raised, or find out what it waits for"
            if job_run.state == "TIMEOUT"
            else "fix what the error says, and run the playbook again"
        ),
        evidence=(log,),
    )


def _note_standing(run: Run, standing: Standing) -> None:
    by = standing.written_by
    run.note("no job run was needed: an earlier one has written today's data, and another would harm it")
    if by and not by.succeeded:
        run.note(f"{by.id} ended as {by.state}: where rows are missing, that is why")
    elif standing.cut_short:
        run.note(
            f"the run {standing.cut_short} was interrupted while its job run worked on this data: where rows are "
            "missing, that is why"
        )


def data_arrived(run: Run, stage: Stage, table: str, job_run: JobRun | Standing) -> None:
    """Objects of this run in today's partition; or the log says that there was nothing to ingest."""
    if isinstance(job_run, Standing):
        return  # there is no run without that data
    if job_run.started.date() != run.day:
        raise DayOver(run.day)
    written = run.written(stage, table, job_run)
    if written.objects:
        run.resumption.wrote(job_run, table, written)
        run.record(written.evidence(run.links))
        return
    log = run.logs.settled(job_run)
    run.record(log.evidence())
    standing = run.todays_data(stage, table)
    if log.nothing_to_ask and standing.objects:
        run.note("this run had nothing to ask for: an earlier run of today has brought the data")
        run.record(standing.evidence(run.links))
        return
    if log.nothing_to_ask:
        raise NothingNew(
            "nothing-to-ingest", f"the job's log says that there was nothing to ingest for {table}"
        )
    _is_not_elsewhere(run, stage, table, job_run)
    if log.missing and stage is INGESTION:
        raise _not_known(table, log)
    raise Failure(
        "data-not-written",
        f"the job run {'SUCCEEDED, but it has' if job_run.succeeded else 'died later, and has'} "
        "written no data",
        table=table,
        expected=f"objects of run {job_run.id} in {written.address}",
        observed=f"none; {_told_of(table, log)}",
        look=run.links.folder(written.bucket, written.prefix) or f"{written.address} and the run's log below",
        do=(
            "see in the log what became of the pages: refused by the API, or written to another folder, or all of "
            "their records updated today (the job leaves those for tomorrow)"
            if stage is INGESTION
            else f"{_TO_READ_IT}; it says why the job passed over the table"
            if log.missing
            else "see in the log why the job passed over it: failed data quality checks, a table that it does not find "
            "in the catalog, or data that its bookmark has passed already. Fix that; a new test job, as each run of "
            f"the playbook makes it (step {stage.clone_step}) unless the old one was kept, reads the data again"
        ),
        redo=INGESTION if died_runs.is_quality(" ".join(log.about(table))) else stage,
    )


def _is_not_elsewhere(run: Run, stage: Stage, table: str, job_run: JobRun) -> None:
    """A path without its slash puts the folders of tables beside the one that they belong into: `parsedwards/`."""
    bucket, wanted = run.environment.bucket(stage.zone), stage.prefix(table)
    beside = (f"{stage.folder.rstrip('/')}{table}/", f"{stage.folder}/{table}/")
    looked = (look_into(run.aws, bucket, prefix, since=job_run.started) for prefix in beside)
    found = next((folder for folder in looked if folder.objects), None)
    if found is None:
        return
    run.record(found.evidence(run.links))
    arguments = {**run.jobs.get(job_run.job).definition.get("DefaultArguments", {}), **job_run.arguments}
    paths = {name: arguments[name] for name in ("--s3_prefix", "--s3_bucket_target") if name in arguments}
    told = " and ".join(f"{name} is {value}" for name, value in paths.items())
    raise Failure(
        "data-elsewhere",
        f"the job run has written its data to {found.address}, which is not the table's folder",
        table=table,
        expected=f"objects of run {job_run.id} in s3://{bucket}/{wanted}",
        observed=f"{count(found.objects, 'object')} in {found.address}; {told}",
        look=run.links.folder(found.bucket, found.prefix) or found.address,
        do="have the slash between this path and the table put right, in the job's parameters or in its script. No "
        f"crawler and no job looks into {found.address}: have it removed",
        redo=stage,
    )


def _not_known(table: str, log: RunLog) -> LogMissing:
    """No data, and no log that could say whether there was any to be had: no finding about the product."""
    return LogMissing(
        table,
        "the job run SUCCEEDED without data, and its log could not be had: nothing to ingest, or data lost?",
        look=log.place,
        observed=log.missing,
        do=f"{_TO_READ_IT}; “{NOTHING_TO_ASK}” in the log means that there was nothing to ingest",
    )


def _told_of(table: str, log: RunLog) -> str:
    """What a job's log says of a table for which nothing was written."""
    if promised := sum(log.promised_pages.values()):
        return f"the log promises {count(promised, 'page')}"
    if lines := log.about(table):
        return f"the log says: {' / '.join(lines[-3:])}"
    if log.missing:
        return f"its log could not be had: {log.missing} (looked at: {log.place})"
    return "and the log does not say why"


def _short(value: object) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 200 else f"{text[:197]}…"
