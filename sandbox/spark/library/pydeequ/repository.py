"""Where metrics are kept: a JSON file in S3, to which each run adds.

https://pydeequ.readthedocs.io/en/latest/pydeequ.html#module-pydeequ.repository
"""

import json
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.spark.mirror import split
from sandbox.spark.not_covered import NotCovered


class ResultKey:
    """When the metrics were made (milliseconds since 1970), and of what."""

    def __init__(
        self, spark_session: Any, dataSetDate: int | None = None, tags: dict[str, str] | None = None
    ) -> None:
        self.date = self.current_milli_time() if dataSetDate is None else dataSetDate
        self.tags = tags or {}

    @staticmethod
    def current_milli_time() -> int:
        return round(time.time() * 1000)


@dataclass
class FileSystemMetricsRepository:
    """`path` is the file, or a folder, whose file is then `metrics.json`."""

    spark_session: Any
    path: str = ""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"pydeequ FileSystemMetricsRepository.{name}")

    @classmethod
    def helper_metrics_file(cls, spark_session: Any, filename: str = "metrics.json") -> str:
        raise NotCovered(
            "pydeequ FileSystemMetricsRepository.helper_metrics_file: no local files outlive a Glue run"
        )

    def stored(self) -> list[dict[str, Any]]:
        """What runs before have saved: a list of results with their keys."""
        import boto3

        s3 = boto3.client("s3")
        try:
            body = s3.get_object(Bucket=self._place[0], Key=self._place[1])["Body"].read()
        except s3.exceptions.NoSuchKey:
            return []
        results: list[dict[str, Any]] = json.loads(body)
        return results

    def save(self, key: ResultKey, metrics: list[dict[str, Any]]) -> None:
        """Keeps the metrics under the key, in place of what was there under the same."""
        import boto3

        stored_key = {"dataSetDate": key.date, "tags": key.tags}
        others = [each for each in self.stored() if each["resultKey"] != stored_key]
        body = json.dumps([*others, {"resultKey": stored_key, "metrics": metrics}]).encode()
        boto3.client("s3").put_object(Bucket=self._place[0], Key=self._place[1], Body=body)

    @property
    def _place(self) -> tuple[str, str]:
        return split(self.path + "metrics.json" if self.path.endswith("/") else self.path)
