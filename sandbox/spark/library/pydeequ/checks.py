"""Checks of a data frame: constraints on metrics.

https://pydeequ.readthedocs.io/en/latest/pydeequ.html#module-pydeequ.checks
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sandbox.spark.not_covered import NotCovered

Assertion = Callable[[float], bool]


class CheckLevel(Enum):
    """Error: a failed constraint makes the check's status Error; Warning: Warning."""

    Error = 0
    Warning = 1


def _is_one(value: float) -> bool:
    return value == 1


@dataclass(frozen=True)
class Metric:
    """Of one column, several together (instance `a,b`), or the data set (instance `*`)."""

    name: str
    instance: str
    columns: tuple[str, ...] = ()

    @property
    def entity(self) -> str:
        return {0: "Dataset", 1: "Column"}.get(len(self.columns), "Mutlicolumn")  # Deequ's own spelling

    def __str__(self) -> str:
        """As Deequ writes the analyzer: `Uniqueness(List(id),None)`, `Completeness(id,None)`, `Size(None)`."""
        listed = f"List({','.join(self.columns)})" if self.name == "Uniqueness" else ",".join(self.columns)
        return f"{self.name}({listed},None)" if listed else f"{self.name}(None)"

    def of(self, frame: DataFrame) -> float | None:
        """None where there are no values to compute it of."""
        if self.name == "Uniqueness":
            return _uniqueness(frame, self.columns)
        (row,) = frame.agg(self._aggregate().cast("double").alias("value")).collect()
        value: float | None = row["value"]
        return value

    def _aggregate(self) -> Column:
        if self.name == "Size":
            return F.count(F.lit(1))
        column = F.col(self.columns[0])
        if self.name == "Completeness":
            return F.count(column) / F.count(F.lit(1))
        return {"Minimum": F.min, "Maximum": F.max, "Mean": F.mean, "Sum": F.sum}[self.name](column)


def _uniqueness(frame: DataFrame, columns: tuple[str, ...]) -> float | None:
    """The share of rows whose values occur once; rows of NULLs alone do not count."""
    there = F.coalesce(*(F.col(name).cast("string") for name in columns)).isNotNull()
    counts = frame.where(there).groupBy(*columns).count()
    (row,) = counts.agg(
        F.sum((F.col("count") == 1).cast("int")).alias("once"), F.sum("count").alias("all")
    ).collect()
    return row["once"] / row["all"] if row["all"] else None


@dataclass(frozen=True)
class Constraint:
    metric: Metric
    assertion: Assertion
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.metric.name}Constraint({self.metric})"

    def failure(self, value: float | None) -> str:
        """Why it fails, in Deequ's words; empty where it holds. https://github.com/awslabs/deequ (`Constraint.scala`,
        `Analyzer.scala` and their tests)"""
        if value is None:
            return f"Empty state for analyzer {self.metric}, all input values were NULL."
        if self.assertion(value):
            return ""
        hint = f" {self.hint}" if self.hint else ""
        return f"Value: {value} does not meet the constraint requirement!{hint}"


class Check:
    """Constraints are added by its methods, each of which gives the check."""

    def __init__(
        self, spark_session: Any, level: CheckLevel, description: str, constraints: Any = None
    ) -> None:
        if constraints:
            raise NotCovered("pydeequ Check with constraints given at once")
        self.level, self.description = level, description
        self.constraints: list[Constraint] = []

    def __getattr__(self, name: str) -> NoReturn:
        raise NotCovered(f"pydeequ Check.{name}")

    def hasSize(self, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Size", "*"), assertion, hint)

    def isComplete(self, column: str, hint: str | None = None) -> "Check":
        return self.hasCompleteness(column, _is_one, hint)

    def hasCompleteness(self, column: str, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Completeness", column, (column,)), assertion, hint)

    def isUnique(self, column: str, hint: str | None = None) -> "Check":
        return self.hasUniqueness([column], _is_one, hint)

    def hasUniqueness(self, columns: list[str], assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Uniqueness", ",".join(columns), tuple(columns)), assertion, hint)

    def hasMin(self, column: str, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Minimum", column, (column,)), assertion, hint)

    def hasMax(self, column: str, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Maximum", column, (column,)), assertion, hint)

    def hasMean(self, column: str, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Mean", column, (column,)), assertion, hint)

    def hasSum(self, column: str, assertion: Assertion, hint: str | None = None) -> "Check":
        return self._add(Metric("Sum", column, (column,)), assertion, hint)

    def _add(self, metric: Metric, assertion: Assertion, hint: str | None) -> "Check":
        self.constraints.append(Constraint(metric, assertion, hint))
        return self
