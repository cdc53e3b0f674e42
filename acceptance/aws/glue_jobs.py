"""Glue jobs: finding one as the console does, cloning it, and its runs.

Sources: Glue API reference (GetJob, CreateJob, StartJobRun, GetJobRuns); the platform's naming rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from acceptance import naming
from acceptance.aws.console_links import Links
from acceptance.aws.session import Aws
from acceptance.environments import Environment
from acceptance.evidence import Evidence, Kind
from acceptance.findings import Failure, SuiteError
from acceptance.pipeline import Stage

UNDER_WAY = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
"""States that a job run leaves by itself. Of the others only SUCCEEDED is a success."""

HELPERS_ARGUMENT = "--extra-py-files"
"""Modules, wheels and zips in S3 that a run loads (Glue developer guide, "AWS Glue job parameters")."""

_ONCE = {"MaxRetries": 0}
"""Of a clone: an attempt that fails is what is looked for, and another would hide it, or write over what it left."""

_RESERVED = "aws:"
"""Begins tags of AWS's own: "No operations are allowed on such tags" (Glue developer guide, "AWS tags in AWS Glue")."""


def console_form(name: str) -> str:
    """A name as the console's filter compares it here: case, underscores, hyphens and spaces do not matter.

    Names differ in the field (`tascomi_api_response-crawler`, `tascomi-api-response-crawler`).
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def matches(names: Iterable[str], typed: str) -> list[str]:
    """The names that the console lists once `typed` is in its filter box."""
    return sorted(name for name in names if console_form(typed) in console_form(name))


class Created(Protocol):
    """Writes down what is about to be created: it must be found again after a crash."""

    def created(self, kind: str, name: str) -> None: ...


@dataclass(frozen=True)
class Job:
    name: str
    definition: Mapping[str, Any]  # Glue's Job structure

    @property
    def script(self) -> str:
        """s3:// address of the script."""
        return str(self.definition["Command"]["ScriptLocation"])

    @property
    def helpers(self) -> tuple[str, ...]:
        """s3:// addresses of the modules and archives that a run loads beside its script."""
        listed = str(self.definition.get("DefaultArguments", {}).get(HELPERS_ARGUMENT, ""))
        return tuple(address.strip() for address in listed.split(",") if address.strip())

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that the job takes when a run does not say otherwise."""
        return self.tables_of({}, "--table_list")

    def tables_of(self, arguments: Mapping[str, str], name: str) -> tuple[str, ...]:
        """Tables that a run with these arguments takes: they go before the job's own."""
        listed = {**self.definition.get("DefaultArguments", {}), **arguments}.get(name, "")
        return tuple(table.strip() for table in listed.split(",") if table.strip())

    @property
    def bookmarked(self) -> bool:
        """Whether its bookmark is on; by default it is off (Glue developer guide, "AWS Glue job parameters")."""
        arguments = self.definition.get("DefaultArguments", {})
        return bool(arguments.get("--job-bookmark-option") == "job-bookmark-enable")

    @property
    def concurrency(self) -> int:
        """How many runs may be under way at once; Glue's default is one."""
        return int(self.definition.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1))

    @property
    def retries(self) -> int:
        """How often Glue tries again after a failed run (Job, MaxRetries)."""
        return int(self.definition.get("MaxRetries", 0))

    def places(self, of_account: int | None) -> int:
        """The same where the account lets so many of all jobs' runs go together, as far as that is known."""
        return min(self.concurrency, of_account or self.concurrency)

    def evidence(self, links: Links) -> Evidence:
        command = self.definition["Command"]
        return Evidence(
            Kind.JOB,
            self.name,
            {
                "Type": command["Name"],
                "Glue version": str(self.definition.get("GlueVersion", "none")),
                "Script": self.script,
                "Concurrent runs": str(self.concurrency),
            },
            link=links.job(self.name),
        )


class Jobs:
    """The account's Glue jobs, and the ticket's clones among them."""

    def __init__(
        self, aws: Aws, environment: Environment, ticket: str, created: Created, links: Links
    ) -> None:
        self.aws, self.environment, self.ticket, self.created, self.links = (
            aws,
            environment,
            ticket,
            created,
            links,
        )

    def listed(self) -> list[str]:
        """Names of the pipeline's jobs, as the console lists them once the playbook's filter text is typed."""
        return matches(self.names(), self.environment.job_filter)

    def find(self, stage: Stage) -> Job:
        """The one deployed job of a stage, clones apart; raises `Failure` for none or several."""
        return self.get(self.name_of(stage, self.listed()))

    def name_of(self, stage: Stage, listed: list[str]) -> str:
        wanted = self._typed(stage)
        found = [name for name in matches(listed, wanted) if not naming.CLONE.search(name)]
        if len(found) != 1:
            raise Failure(
                "job-missing" if not found else "job-ambiguous",
                f"the {stage.title} job is {'not there' if not found else 'there more than once'}",
                expected=f"exactly one Glue job found by “{wanted}”",
                observed=_quoted(found)
                if found
                else f"none; “{self.environment.job_filter}” lists {_quoted(listed)}",
                look=self.links.jobs()
                or f"the Glue jobs of the account, filtered by “{self.environment.job_filter}”",
                do="have Terraform deploy it"
                if not found
                else "find out which of them Terraform deploys and have the other removed",
                ask="please consult the Data Platform team at once, as the playbook says",
            )
        return found[0]

    def test_job_name(self, original: str) -> str:
        return naming.test_job(original, self.ticket)

    def is_own(self, name: str) -> bool:
        """Whether a job carries the ticket's name: no other is stopped or removed."""
        return name.endswith(self.test_job_name(""))

    def test_job_names(self, stage: Stage, names: Iterable[str]) -> list[str]:
        """Those of some jobs that are the ticket's clones of a stage's job."""
        start, ending = console_form(self._typed(stage)), self.test_job_name("")
        return [name for name in names if name.endswith(ending) and console_form(name).startswith(start)]

    def test_job(self, stage: Stage) -> Job | None:
        """The ticket's clone of a stage's job, if it is there."""
        own = self.test_job_names(stage, self.names())
        return self.get(own[0]) if own else None

    def get(self, name: str) -> Job:
        return Job(name, self.aws.glue.get_job(JobName=name)["Job"])

    def clone(self, original: Job) -> Job:
        """Make the ticket's clone of a job; one left by an earlier run is brought into line, and keeps its bookmark."""
        name = self.test_job_name(original.name)
        self.created.created("job", name)
        definition = self.definition_of_clone(original)
        if name in self.names():
            self.aws.glue.tag_resource(ResourceArn=self._arn(name), TagsToAdd=definition.get("Tags", {}))
            update = self.updatable(original) | _ONCE
            self.aws.glue.update_job(JobName=name, JobUpdate=update)  # type: ignore[arg-type]
        else:
            # there already all the same: the answer to a first call was lost, and botocore has called again
            with suppress(self.aws.glue.exceptions.AlreadyExistsException):
                self.aws.glue.create_job(Name=name, **definition)
        return self.get(name)

    def definition_of_clone(self, original: Job) -> dict[str, Any]:
        """What a clone is to be: as the original, but that a failed run of it is not tried again."""
        return self.cloneable(original) | _ONCE

    def cloneable(self, original: Job) -> dict[str, Any]:
        """All of a job's definition that CreateJob takes, its tags included, those apart that only AWS may set."""
        takes = self._members("CreateJob") - self._refused(original) - {"Name"}
        carried = {key: value for key, value in original.definition.items() if key in takes}
        found = self.aws.glue.get_tags(ResourceArn=self._arn(original.name))["Tags"]
        tags = {key: value for key, value in found.items() if not key.lower().startswith(_RESERVED)}
        return carried | ({"Tags": tags} if tags else {})

    def _arn(self, name: str) -> str:
        return f"arn:aws:glue:{self.aws.region}:{self._account}:job/{name}"

    @cached_property
    def _account(self) -> str:
        return self.aws.sts.get_caller_identity()["Account"]

    def updatable(self, job: Job) -> dict[str, Any]:
        """All of a job's definition that UpdateJob takes: it sets what it is not given back to nothing."""
        takes = self._members("UpdateJob", "JobUpdate") - self._refused(job)
        return {key: value for key, value in job.definition.items() if key in takes}

    def _members(self, operation: str, *path: str) -> set[str]:
        """Names of an operation's input, or of a structure in it, from AWS's own service description."""
        shape: Any = self.aws.glue.meta.service_model.operation_model(operation).input_shape
        for name in path:
            shape = shape.members[name]
        return set(shape.members)

    def _refused(self, job: Job) -> set[str]:
        """Fields that GetJob shows and that AWS refuses together with others (CreateJob, UpdateJob)."""
        return {"AllocatedCapacity"} | ({"MaxCapacity"} if "WorkerType" in job.definition else set())

    def forget(self, name: str) -> None:
        """Reset the bookmark of a test job of the ticket; no error where it has none (ResetJobBookmark)."""
        if not self.is_own(name):
            raise SuiteError(
                f"job {name!r} does not carry the name of {self.ticket}: its bookmark is not reset"
            )
        with suppress(self.aws.glue.exceptions.EntityNotFoundException):
            self.aws.glue.reset_job_bookmark(JobName=name)

    def of_others(self, stage: Stage) -> list[str]:
        """The stage's jobs but the ticket's own: the deployed one, and other tickets' test jobs."""
        listed = matches(self.listed(), self._typed(stage))
        return sorted(set(listed) - set(self.test_job_names(stage, listed)))

    def runs(self, name: str) -> Iterator[Mapping[str, Any]]:
        """Glue's JobRun structures of a job, the newest first; none where the job is not there."""
        try:
            for page in self.aws.glue.get_paginator("get_job_runs").paginate(JobName=name):
                yield from page["JobRuns"]
        except self.aws.glue.exceptions.EntityNotFoundException:
            return

    def under_way(self, name: str) -> list[str]:
        """Ids of a job's runs that have not ended."""
        return [run["Id"] for run in self.runs(name) if run["JobRunState"] in UNDER_WAY]

    def remove(self, name: str) -> None:
        """Delete a test job of the ticket, its runs stopped; no error where it is gone already (DeleteJob)."""
        if not self.is_own(name):
            raise SuiteError(f"job {name!r} does not carry the name of {self.ticket}: it is not removed")
        if runs := self.under_way(name):
            self.aws.glue.batch_stop_job_run(JobName=name, JobRunIds=runs)
        self.aws.glue.delete_job(JobName=name)

    def _typed(self, stage: Stage) -> str:
        return f"{self.environment.job_prefix}{stage.job}"

    def names(self) -> list[str]:
        """All of the account's jobs."""
        pages = self.aws.glue.get_paginator("list_jobs").paginate()
        return [name for page in pages for name in page["JobNames"]]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names) or "nothing"
