"""Where the playbook can run, and the names of things there: facts of the platform's documentation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Zone(StrEnum):
    RAW = "raw"
    REFINED = "refined"


@dataclass(frozen=True)
class Patience:
    """How often to look and for how long, in seconds."""

    poll: float
    job_run: float
    crawl: float
    query: float
    settle: float  # until AWS shows what it has just accepted (its answers are eventually consistent)
    renewal: float  # of the ticket's lock

    def until(self, minutes: float) -> Patience:
        """The same with another deadline for each wait."""
        seconds = minutes * 60
        return replace(self, job_run=seconds, crawl=seconds, query=seconds)


@dataclass(frozen=True)
class Environment:
    name: str  # as given with -D env=
    stage: str  # stg or prod, as in the names of buckets, databases and jobs
    title: str
    read_only: bool
    patience: Patience
    job_prefix: str  # of job names; in production some have it and some have none
    region: str = "eu-west-2"
    workgroup: str = "planning"
    data_catalog: str = "AwsDataCatalog"
    scripts_prefix: str = "scripts/planning/"

    @property
    def sandbox(self) -> bool:
        return self.name == "local"

    @property
    def job_filter(self) -> str:
        """What the playbook has one type into the console's filter of jobs."""
        return f"{self.job_prefix}tascomi"

    @property
    def scripts_bucket(self) -> str:
        return f"dataplatform-{self.stage}-glue-scripts"

    def bucket(self, zone: Zone) -> str:
        return f"dataplatform-{self.stage}-{zone}-zone"

    def database(self, zone: Zone) -> str:
        return f"dataplatform-{self.stage}-tascomi-{zone}-zone"


_SANDBOX = Patience(poll=0.05, job_run=120, crawl=60, query=60, settle=1, renewal=1)
_AWS = Patience(poll=3, job_run=3600, crawl=1800, query=600, settle=60, renewal=10)

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment("local", "stg", "Sandbox", read_only=False, patience=_SANDBOX, job_prefix="stg "),
        Environment("stg", "stg", "Pre-production", read_only=False, patience=_AWS, job_prefix="stg "),
        Environment("prod", "prod", "Production", read_only=True, patience=_AWS, job_prefix=""),
    )
}
