"""What runs of a ticket have left in the account: kept test jobs and scripts, and whatever a killed run left."""

from __future__ import annotations

from botocore.exceptions import ClientError

from acceptance.aws.glue_jobs import Jobs
from acceptance.aws.glue_scripts import Script, Scripts
from acceptance.pipeline import STAGES
from acceptance.run.created_resources import CreatedResources


class Leftovers:
    """Found by the ticket's record and, as that may be on another machine, by the exact names that the suite gives."""

    def __init__(self, jobs: Jobs, scripts: Scripts, created: CreatedResources) -> None:
        self.jobs, self.scripts, self.created = jobs, scripts, created
        self.aws, self.environment = jobs.aws, jobs.environment

    def found(self) -> list[tuple[str, str]]:
        """(kind, name) of what is there, in the order of its removal."""
        jobs = {name for kind, name in self.created.everything() if kind == "job"}
        scripts = {name for kind, name in self.created.everything() if kind == "script"}
        names = self.jobs.names()
        jobs |= {name for stage in STAGES.values() for name in self.jobs.test_job_names(stage, names)}
        home = Script(f"s3://{self.environment.scripts_bucket}/{self.environment.scripts_prefix}")
        for stage in STAGES.values():
            if stage.script_edited:
                scripts.add(self.scripts.of_ticket(home.beside(stage.script)).address)
        return [
            *(("job", name) for name in sorted(jobs) if name in names),
            *(("script", address) for address in sorted(scripts) if self._is_there(Script(address))),
        ]

    def remove(self, kind: str, name: str) -> None:
        if kind == "job":
            self.jobs.remove(name)
        else:
            self.scripts.remove(name)
        self.created.removed(kind, name)

    def _is_there(self, script: Script) -> bool:
        try:
            self.aws.s3.head_object(Bucket=script.bucket, Key=script.key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True
