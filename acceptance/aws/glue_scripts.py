"""Test scripts: a job's script copied next to the original, then the branch's code in it (playbook 2.2 and 4.2).

Source: Glue API reference, UpdateJob: it replaces the whole definition, so that all of it is carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from acceptance import naming
from acceptance.aws.glue_jobs import Created, Job, Jobs
from acceptance.aws.session import Aws
from acceptance.findings import SuiteError


@dataclass(frozen=True)
class Script:
    """A script in S3."""

    address: str  # s3://bucket/key

    @property
    def bucket(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def key(self) -> str:
        return urlsplit(self.address).path.lstrip("/")

    @property
    def name(self) -> str:
        return self.address.rsplit("/", 1)[-1]

    def beside(self, name: str) -> Script:
        return Script(f"{self.address.rsplit('/', 1)[0]}/{name}")


class Scripts:
    """The ticket's test scripts."""

    def __init__(self, aws: Aws, jobs: Jobs, ticket: str, created: Created) -> None:
        self.aws, self.jobs, self.ticket, self.created = aws, jobs, ticket, created

    def of_ticket(self, original: Script) -> Script:
        return Script(naming.test_script(original.address, self.ticket))

    def make(self, original: Script, test_job: Job) -> Job:
        """Copy the original, under the ticket's name, into its own folder, and have the test job run the copy."""
        script = self.of_ticket(original)
        self.created.created("script", script.address)
        self.aws.s3.copy_object(
            Bucket=script.bucket, Key=script.key, CopySource={"Bucket": original.bucket, "Key": original.key}
        )
        command: Mapping[str, Any] = {**test_job.definition["Command"], "ScriptLocation": script.address}
        update = {**self.jobs.updatable(test_job), "Command": command}
        self.aws.glue.update_job(JobName=test_job.name, JobUpdate=update)  # type: ignore[arg-type]
        return self.jobs.get(test_job.name)

    def fill(self, script: Script, code: bytes) -> None:
        """Put code into the test script."""
        self.aws.s3.put_object(Bucket=script.bucket, Key=script.key, Body=code)

    def code(self, script: Script) -> bytes | None:
        """What the script holds in S3; None where it is not there."""
        try:
            return self.aws.s3.get_object(Bucket=script.bucket, Key=script.key)["Body"].read()
        except self.aws.s3.exceptions.NoSuchKey:
            return None

    def remove(self, address: str) -> None:
        script = Script(address)
        if not script.name.endswith(naming.test_script("", self.ticket)):
            raise SuiteError(f"{address} does not carry the name of {self.ticket}: it is not removed")
        self.aws.s3.delete_object(Bucket=script.bucket, Key=script.key)
