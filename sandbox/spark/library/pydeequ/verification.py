"""Runs checks on a data frame, and tells their results as data frames.

https://pydeequ.readthedocs.io/en/latest/pydeequ.html#module-pydeequ.verification
"""

from dataclasses import dataclass
from typing import Any, NoReturn

from pyspark.sql import DataFrame

from pydeequ.checks import Check, CheckLevel, Constraint
from pydeequ.repository import FileSystemMetricsRepository, ResultKey
from sandbox.spark.not_covered import NotCovered

_CHECKS = ", ".join(
    f"{name} string"
    for name in (
        "check",
        "check_level",
        "check_status",
        "constraint",
        "constraint_status",
        "constraint_message",
    )
)
_METRICS = "entity string, instance string, name string, value double"


@dataclass(frozen=True)
class Result:
    """Of one constraint."""

    check: Check
    constraint: Constraint
    value: float | None

    @property
    def message(self) -> str:
        return self.constraint.failure(self.value)


class VerificationResult:
    """`status` is Success, else Warning or Error by the failed checks' levels."""

    def __init__(self, results: list[Result]) -> None:
        self._results = results

    @property
    def status(self) -> str:
        failed = {result.check.level for result in self._results if result.message}
        return "Error" if CheckLevel.Error in failed else "Warning" if failed else "Success"

    @classmethod
    def checkResultsAsDataFrame(
        cls,
        spark_session: Any,
        verificationResult: "VerificationResult",
        forChecks: Any = None,
        pandas: bool = False,
    ) -> DataFrame:
        """A row for each constraint."""
        failed = {id(each.check) for each in verificationResult._results if each.message}
        rows = [
            (
                each.check.description,
                each.check.level.name,
                each.check.level.name if id(each.check) in failed else "Success",
                str(each.constraint),
                "Failure" if each.message else "Success",
                each.message,
            )
            for each in verificationResult._results
        ]
        frame = spark_session.createDataFrame(rows, _CHECKS)
        return frame.toPandas() if pandas else frame

    @classmethod
    def successMetricsAsDataFrame(
        cls,
        spark_session: Any,
        verificationResult: "VerificationResult",
        forAnalyzers: Any = None,
        pandas: bool = False,
    ) -> DataFrame:
        """A row for each metric that could be computed."""
        rows = [tuple(metric.values()) for metric in verificationResult.metrics()]
        frame = spark_session.createDataFrame(rows, _METRICS)
        return frame.toPandas() if pandas else frame

    def metrics(self) -> list[dict[str, Any]]:
        """Each once, however many constraints it is in."""
        found = {each.constraint.metric: each.value for each in self._results if each.value is not None}
        return [
            {"entity": metric.entity, "instance": metric.instance, "name": metric.name, "value": value}
            for metric, value in found.items()
        ]


class VerificationSuite:
    def __init__(self, spark_session: Any) -> None:
        self._session = spark_session

    def onData(self, df: DataFrame) -> "VerificationRunBuilder":
        return VerificationRunBuilder(self._session, df)


class VerificationRunBuilder:
    def __init__(self, spark_session: Any, data: DataFrame) -> None:
        self._data = data
        self._checks: list[Check] = []
        self._repository: FileSystemMetricsRepository | None = None
        self._key: ResultKey | None = None

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"pydeequ VerificationSuite(…).onData(…).{name}")

    def addCheck(self, check: Check) -> "VerificationRunBuilder":
        self._checks.append(check)
        return self

    def useRepository(self, repository: FileSystemMetricsRepository) -> "VerificationRunBuilder":
        self._repository = repository
        return self

    def saveOrAppendResult(self, resultKey: ResultKey) -> "VerificationRunBuilder":
        self._key = resultKey
        return self

    def run(self) -> VerificationResult:
        """Computes each metric once; the results go to the repository under the key, where both are given."""
        constraints = [(check, each) for check in self._checks for each in check.constraints]
        values = {
            metric: metric.of(self._data) for metric in dict.fromkeys(each.metric for _, each in constraints)
        }
        result = VerificationResult([Result(check, each, values[each.metric]) for check, each in constraints])
        if self._repository and self._key:
            self._repository.save(self._key, result.metrics())
        return result
