"""A deployment that several tests break one after the other: each finds it as the first one did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.playing import SCRIPTS, Deployment

BUCKETS = ("dataplatform-stg-raw-zone", "dataplatform-stg-refined-zone")
DATABASES = ("dataplatform-stg-tascomi-raw-zone", "dataplatform-stg-tascomi-refined-zone")
TEST_JOB = "-TEST-DPP-"
JOB = ("Role", "Command", "DefaultArguments", "ExecutionProperty", "MaxCapacity", "Timeout")
CRAWLER = ("Role", "DatabaseName", "TablePrefix", "Targets", "Configuration")


@contextmanager
def restored(deployment: Deployment, new: State) -> Iterator[None]:
    """Have a deployment afterwards as it was when it was new.

    Jobs, crawlers and scripts are put back. Tables and data that were not there are removed. What was done to those
    that were there is not seen: tests share a deployment that leave them alone.
    """
    deployment.box.clear_calls()
    try:
        yield
    finally:
        stop_breaking(deployment)
        new.restore(deployment)


def stop_breaking(deployment: Deployment) -> None:
    deployment.box.clear()
    deployment.box.api_faults([])


@dataclass(frozen=True)
class State:
    """What a deployment consists of."""

    jobs: dict[str, dict[str, Any]]
    crawlers: dict[str, dict[str, Any]]
    scripts: dict[str, bytes]
    data: set[tuple[str, str]]  # bucket and key
    tables: set[tuple[str, str]]  # database and name

    @classmethod
    def of(cls, deployment: Deployment) -> State:
        glue, s3 = deployment.client("glue"), deployment.client("s3")
        arn = f"arn:aws:glue:{deployment.box.region}:{deployment.box.account}:job/"
        jobs = {
            job["Name"]: _some(job, JOB) | {"Tags": glue.get_tags(ResourceArn=arn + job["Name"])["Tags"]}
            for page in glue.get_paginator("get_jobs").paginate()
            for job in page["Jobs"]
        }
        crawlers = {each["Name"]: _some(each, CRAWLER) for each in glue.get_crawlers()["Crawlers"]}
        scripts = {
            key: s3.get_object(Bucket=SCRIPTS, Key=key)["Body"].read() for _, key in _objects(s3, SCRIPTS)
        }
        data = {each for bucket in BUCKETS for each in _objects(s3, bucket)}
        tables = {
            (database, table["Name"])
            for database in DATABASES
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
            for table in page["TableList"]
        }
        return cls(jobs, crawlers, scripts, data, tables)

    def restore(self, deployment: Deployment) -> None:
        """Put all back, and remove what has been made since."""
        self.fix(deployment)
        glue, s3 = deployment.client("glue"), deployment.client("s3")
        now = State.of(deployment)
        for name in now.jobs.keys() - self.jobs.keys():
            glue.delete_job(JobName=name)
        for key in now.scripts.keys() - self.scripts.keys():
            s3.delete_object(Bucket=SCRIPTS, Key=key)
        for bucket, key in now.data - self.data:
            s3.delete_object(Bucket=bucket, Key=key)
        for database, name in now.tables - self.tables:
            glue.delete_table(DatabaseName=database, Name=name)

    def fix(self, deployment: Deployment) -> None:
        """Put back deployed jobs, crawlers and scripts, and leave alone what runs of the playbook have made."""
        glue, s3 = deployment.client("glue"), deployment.client("s3")
        now = State.of(deployment)
        for name in now.jobs.keys() - self.jobs.keys():
            if TEST_JOB not in name:
                glue.delete_job(JobName=name)
        for name in _differing(self.jobs, now.jobs):
            glue.delete_job(JobName=name)  # which is no error where there is none
            glue.create_job(Name=name, **self.jobs[name])
        for name in now.crawlers.keys() - self.crawlers.keys():
            glue.delete_crawler(Name=name)
        for name in _differing(self.crawlers, now.crawlers):
            change = glue.update_crawler if name in now.crawlers else glue.create_crawler
            change(Name=name, **self.crawlers[name])
        for key in _differing(self.scripts, now.scripts):
            s3.put_object(Bucket=SCRIPTS, Key=key, Body=self.scripts[key])


def _some(definition: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: definition[name] for name in names if name in definition}


def _objects(s3: Any, bucket: str) -> list[tuple[str, str]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [(bucket, each["Key"]) for page in pages for each in page.get("Contents", [])]


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    return [name for name, value in before.items() if now.get(name) != value]
