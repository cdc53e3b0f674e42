"""Glue jobs, their runs and bookmarks: state and API. What a run does is the business of sandbox.jobs.

Errors, lengths, counts and patterns are those of the API reference, as botocore's model has them
(tests/sandbox/test_reference.py). From memory: the words of errors where nothing else is said.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs.html
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import now
from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, page
from sandbox.endpoint.tags import Tags, refuse_reserved
from sandbox.job_runs import Ending, RunRequest

ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})

_JOBS_PAGE = 100  # pages when MaxResults is not given: AWS documents none
_RUNS_PAGE = 200  # the most that GetJobRuns gives
_DEFAULT_TIMEOUT_MINUTES = 2880
_RETRY_SECONDS = 0.2  # from a failed attempt to the next; Glue's own is not documented
_DPUS = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "Standard": 1.0, "Z.2X": 2.0}
_RUN_OVERRIDES = (
    "Timeout",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "SecurityConfiguration",
    "ExecutionClass",
)


@dataclass
class Run:
    """A job run: the fields as GetJobRun gives them, and the switch that stops it."""

    fields: Fields
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def state(self) -> str:
        return str(self.fields["JobRunState"])

    def described(self) -> Fields:
        """ExecutionTime: whole seconds, counting while the run lasts."""
        ended = self.fields.get("CompletedOn") or now()
        return {**self.fields, "ExecutionTime": round((ended - self.fields["StartedOn"]).total_seconds())}


@dataclass
class Job:
    fields: Fields
    runs: list[Run] = field(default_factory=list)
    bookmark: Fields | None = None
    kept: dict[str, Fields] = field(default_factory=dict)
    """The bookmark as each run has left it, by run."""

    def mark(self, entry: Fields) -> None:
        self.bookmark = self.kept[entry["RunId"]] = entry

    @property
    def limit(self) -> int:
        return int(self.fields["ExecutionProperty"]["MaxConcurrentRuns"])

    @property
    def retries(self) -> int:
        """How often it is tried again "after a JobRun fails" (Job, MaxRetries)."""
        return int(self.fields["MaxRetries"])

    @property
    def active(self) -> list[Run]:
        return [run for run in self.runs if run.state not in ENDED]


class Jobs(Actions):
    def __init__(self, run: Callable[..., Ending], tags: Tags, limit: Callable[[], int]) -> None:
        """`run`: `JobRunner.run`; `limit`: of the account's runs at once."""
        super().__init__()
        self._do, self._tags, self._limit = run, tags, limit
        self._jobs: dict[str, Job] = {}

    # Definitions

    @action
    def create_job(self, body: Fields) -> Fields:
        """A name that is taken: AlreadyExistsException."""
        name = body["Name"]
        if name in self._jobs:
            raise AwsError("AlreadyExistsException", f"Job {name} already exists.")
        refuse_reserved(body.get("Tags"))
        given = {key: value for key, value in body.items() if key != "Tags"}
        self._jobs[name] = Job({**_definition(given), "CreatedOn": now(), "LastModifiedOn": now()})
        self._tags.add("job", name, body.get("Tags"))
        return {"Name": name}

    @action
    def get_job(self, body: Fields) -> Fields:
        return {"Job": self.job(body["JobName"]).fields}

    @action
    def get_jobs(self, body: Fields) -> Fields:
        return page([job.fields for job in self._jobs.values()], body, "Jobs", _JOBS_PAGE)

    @action
    def list_jobs(self, body: Fields) -> Fields:
        return page(self._tags.carrying("job", self._jobs, body.get("Tags")), body, "JobNames", _JOBS_PAGE)

    @action
    def batch_get_jobs(self, body: Fields) -> Fields:
        names = body["JobNames"]
        found = [self._jobs[name].fields for name in names if name in self._jobs]
        return {"Jobs": found, "JobsNotFound": [name for name in names if name not in self._jobs]}

    @action
    def update_job(self, body: Fields) -> Fields:
        """Replaces the definition: "unspecified configuration is removed or reset to default values"."""
        job = self.job(body["JobName"])
        kept = {"Name": job.fields["Name"], "CreatedOn": job.fields["CreatedOn"], "LastModifiedOn": now()}
        job.fields = {**_definition(body["JobUpdate"]), **kept}
        return {"JobName": body["JobName"]}

    @action
    def delete_job(self, body: Fields) -> Fields:
        """ "If the job definition is not found, no exception is thrown." Its runs are not stopped."""
        if self._jobs.pop(body["JobName"], None):
            self._tags.drop("job", body["JobName"])
        return {"JobName": body["JobName"]}

    # Runs

    @action
    def start_job_run(self, body: Fields) -> Fields:
        job = self._jobs.get(body["JobName"])
        if job is None:
            raise AwsError("EntityNotFoundException", "Failed to start job run due to missing metadata")
        if len(job.active) >= job.limit:
            raise AwsError(
                "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {body['JobName']}"
            )
        if sum(len(each.active) for each in self._jobs.values()) >= self._limit():
            raise AwsError("ResourceNumberLimitExceededException", "Max concurrent job runs exceeded")
        run = Run(_run_fields(job, body))
        job.runs.insert(0, run)
        threading.Thread(target=self._attempt, args=(job, run), daemon=True).start()
        return {"JobRunId": run.fields["Id"]}

    @action
    def get_job_run(self, body: Fields) -> Fields:
        return {"JobRun": self._run(body["JobName"], body["RunId"]).described()}

    @action
    def get_job_runs(self, body: Fields) -> Fields:
        """Newest first."""
        runs = [run.described() for run in self.job(body["JobName"]).runs]
        return page(runs, body, "JobRuns", _RUNS_PAGE)

    @action
    def batch_stop_job_run(self, body: Fields) -> Fields:
        stopped, errors = [], []
        for run_id in body["JobRunIds"]:
            names = {"JobName": body["JobName"], "JobRunId": run_id}
            try:
                self._stop(self._run(body["JobName"], run_id))
                stopped.append(names)
            except AwsError as error:
                detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
                errors.append({**names, "ErrorDetail": detail})
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    # Bookmarks

    @action
    def get_job_bookmark(self, body: Fields) -> Fields:
        """With a run: the bookmark as that run has left it."""
        return {"JobBookmarkEntry": self._bookmark(body["JobName"], body.get("RunId"))}

    @action
    def reset_job_bookmark(self, body: Fields) -> Fields:
        """With a run, "rewinding your job bookmarks to any previous job run": the bookmark is what that run has left.
        The next run works on what came after it. Without one, it works on everything.

        What Glue's answer then holds is not documented: here the run's own entry, as a later version.
        https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html
        """
        job, now_at = self.job(body["JobName"]), self._bookmark(body["JobName"])
        if run_id := body.get("RunId"):
            job.bookmark = {**self._bookmark(body["JobName"], run_id), "Version": now_at["Version"] + 1}
        else:
            empty = {"Run": 0, "Attempt": 0, "JobBookmark": "{}"}
            job.bookmark = {**now_at, **empty, "Version": now_at["Version"] + 1}
        return {"JobBookmarkEntry": job.bookmark}

    # Shared

    def job(self, name: str) -> Job:
        if name not in self._jobs:
            raise AwsError("EntityNotFoundException", f"Entity not found: job {name}")
        return self._jobs[name]

    def remember(self, bookmarks: dict[str, Any]) -> None:
        """Gives jobs the bookmarks that runs of the past left: by job name, anything that JSON can hold."""
        with self.lock:
            for name, state in bookmarks.items():
                entry = {"JobName": name, "Version": 1, "Run": 1, "Attempt": 0, "RunId": _new_run_id()}
                self.job(name).mark({**entry, "JobBookmark": json.dumps(state)})

    def stop(self) -> None:
        """Stops every run, as the sandbox ends."""
        with self.lock:
            for job in self._jobs.values():
                for run in job.active:
                    run.stop.set()

    def _run(self, name: str, run_id: str) -> Run:
        for run in self.job(name).runs:
            if run.fields["Id"] == run_id:
                return run
        raise AwsError("EntityNotFoundException", f"Job Run {run_id} of {name} not found")

    @staticmethod
    def _stop(run: Run) -> None:
        if run.state in ENDED:
            raise AwsError("JobRunInTerminalStateException", f"Job run {run.fields['Id']} is {run.state}")
        run.fields["JobRunState"] = "STOPPING"
        run.stop.set()

    def _bookmark(self, name: str, run_id: str | None = None) -> Fields:
        job = self.job(name)
        entry = job.kept.get(run_id) if run_id else job.bookmark
        if entry is None:
            of_run = f" and run {run_id}" if run_id else ""
            raise AwsError("EntityNotFoundException", f"Continuation for job {name}{of_run} not found")
        return entry

    def _attempt(self, job: Job, run: Run) -> None:
        """A run and, where it fails, the job's retries, on a thread of their own: each attempt is a run of its own."""
        first = run.fields["Id"]
        self._execute(job, run)
        for attempt in range(1, job.retries + 1):
            if run.state != "FAILED":
                return
            time.sleep(_RETRY_SECONDS)
            with self.lock:
                run = Run(_next_attempt(run, first, attempt))
                job.runs.insert(0, run)
            self._execute(job, run)

    def _execute(self, job: Job, run: Run) -> None:
        """The life of a run."""
        bookmark = job.bookmark["JobBookmark"] if job.bookmark else "{}"
        request = RunRequest(dict(job.fields), dict(run.fields), bookmark, run.stop)
        ending = self._do(request, on_running=lambda: self._running(run))
        with self.lock:
            self._end(job, run, ending)

    def _running(self, run: Run) -> None:
        with self.lock:
            if run.state == "STARTING":
                run.fields.update(JobRunState="RUNNING", LastModifiedOn=now())

    @staticmethod
    def _end(job: Job, run: Run, ending: Ending) -> None:
        if ending.bookmark is not None:
            last: dict[str, Any] = job.bookmark or {"Version": 0, "Run": 0}
            job.mark(
                {
                    "JobName": job.fields["Name"],
                    "Version": last["Version"] + 1,
                    "Run": last["Run"] + 1,
                    "Attempt": 0,
                    "RunId": run.fields["Id"],
                    **({"PreviousRunId": last["RunId"]} if "RunId" in last else {}),
                    "JobBookmark": json.dumps(json.loads(ending.bookmark)),
                }
            )
        error = {"ErrorMessage": ending.error} if ending.error else {}
        run.fields.update(JobRunState=ending.state, CompletedOn=now(), LastModifiedOn=now(), **error)


def _definition(given: Fields) -> Fields:
    """A definition with what AWS fills in: time-out, one concurrent run, capacity both ways of saying it.

    MaxCapacity together with a worker type is refused: "Do not set MaxCapacity if using WorkerType and NumberOfWorkers"
    (CreateJob, MaxCapacity), which is what one gets who hands GetJob's answer back.
    """
    workers = {"WorkerType", "NumberOfWorkers"} & given.keys()
    if workers and ("MaxCapacity" in given or "AllocatedCapacity" in given):
        raise AwsError(
            "InvalidInputException",
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        )
    if "MaxCapacity" in given and "AllocatedCapacity" in given:
        raise AwsError("InvalidInputException", "Please set only Allocated Capacity or Max Capacity.")
    _check_kind(given)
    if len(workers) == 1:  # the words are AWS's: aws/aws-cdk pull request 26241
        raise AwsError("InvalidInputException", "Please set both Worker Type and Number of Workers.")
    capacity = _capacity(given)
    defaults = {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "Timeout": _DEFAULT_TIMEOUT_MINUTES,
        "JobMode": "SCRIPT",
    }
    return {**defaults, **given, "MaxCapacity": capacity, "AllocatedCapacity": int(capacity)}


_SHELL_DPUS = (0.0625, 1.0)


def _check_kind(given: Fields) -> None:
    """What goes with a Python shell job: 0.0625 or 1 DPU ("you can allocate either"), no worker types (they are Spark's
    and Ray's) and no FLEX ("Only jobs with … command type glueetl"). Source: Glue API reference, CreateJob; the words
    about worker types are AWS's (cloudposse/terraform-aws-glue issue 42), the others the sandbox's own."""
    kind = given.get("Command", {}).get("Name")
    if given.get("ExecutionClass") == "FLEX" and kind != "glueetl":
        raise AwsError(
            "InvalidInputException", f"ExecutionClass FLEX is for glueetl jobs, and not for {kind}."
        )
    if kind != "pythonshell":
        return
    if "WorkerType" in given or "NumberOfWorkers" in given:
        raise AwsError("InvalidInputException", "Worker Type is not supported for Job Command pythonshell")
    if _capacity(given) not in _SHELL_DPUS:
        raise AwsError(
            "InvalidInputException", f"A pythonshell job has 0.0625 or 1 DPU, and not {_capacity(given):g}."
        )


def _capacity(given: Fields) -> float:
    """In DPUs: a Python shell job's default is 1/16, a Spark job's 10."""
    if "WorkerType" in given:
        return _DPUS.get(given["WorkerType"], 1.0) * int(given.get("NumberOfWorkers", 1))
    default = 0.0625 if given.get("Command", {}).get("Name") == "pythonshell" else 10.0
    return float(given.get("MaxCapacity") or given.get("AllocatedCapacity") or default)


def _run_fields(job: Job, body: Fields) -> Fields:
    settings = {**job.fields, **{name: body[name] for name in _RUN_OVERRIDES if name in body}}
    _check_kind(settings)
    optional = (
        "WorkerType",
        "NumberOfWorkers",
        "GlueVersion",
        "ExecutionClass",
        "SecurityConfiguration",
        "JobMode",
    )
    return {
        "Id": _new_run_id(),
        "Attempt": 0,
        "JobName": job.fields["Name"],
        "StartedOn": now(),
        "LastModifiedOn": now(),
        "JobRunState": "STARTING",
        "Arguments": body.get("Arguments", {}),
        "PredecessorRuns": [],
        "Timeout": settings["Timeout"],
        "MaxCapacity": _capacity(settings),
        "AllocatedCapacity": int(_capacity(settings)),
        "LogGroupName": "/aws-glue/jobs",
        **{name: settings[name] for name in optional if name in settings},
    }


def _next_attempt(last: Run, first: str, attempt: int) -> Fields:
    """The fields of the run that follows one that failed; `first`: the id that StartJobRun gave."""
    ended = ("CompletedOn", "ErrorMessage")
    return {
        **{name: value for name, value in last.fields.items() if name not in ended},
        "Id": f"{first}_attempt_{attempt}",
        "Attempt": attempt,
        "PreviousRunId": last.fields["Id"],
        "StartedOn": now(),
        "LastModifiedOn": now(),
        "JobRunState": "STARTING",
    }


def _new_run_id() -> str:
    return "jr_" + secrets.token_hex(32)
