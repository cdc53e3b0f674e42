"""Addresses in the AWS console. The sandbox's things are nowhere to be seen there: its links are empty."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from acceptance.environments import Environment


@dataclass(frozen=True)
class Links:
    environment: Environment

    def jobs(self) -> str:
        return self._console("gluestudio/home", "#/jobs")

    def job(self, name: str) -> str:
        return self._console("gluestudio/home", f"#/editor/job/{quote(name)}/details")

    def job_run(self, job: str, run_id: str) -> str:
        return self._console("gluestudio/home", f"#/job/{quote(job)}/run/{quote(run_id)}")

    def crawlers(self) -> str:
        return self._console("glue/home", "#/v2/data-catalog/crawlers")

    def crawler(self, name: str) -> str:
        return self._console("glue/home", f"#/v2/data-catalog/crawlers/view/{quote(name)}")

    def table(self, database: str, table: str) -> str:
        return self._console(
            "glue/home", f"#/v2/data-catalog/tables/view/{quote(table)}?database={quote(database)}"
        )

    def query(self, query_id: str) -> str:
        return self._console("athena/home", f"#/query-editor/history/{quote(query_id)}")

    def folder(self, bucket: str, prefix: str) -> str:
        return (
            ""
            if self.environment.sandbox
            else f"https://s3.console.aws.amazon.com/s3/buckets/{bucket}?region={self.environment.region}"
            f"&prefix={quote(prefix)}"
        )

    def _console(self, application: str, fragment: str) -> str:
        if self.environment.sandbox:
            return ""
        region = self.environment.region
        return f"https://{region}.console.aws.amazon.com/{application}?region={region}{fragment}"
