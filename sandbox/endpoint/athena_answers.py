"""How Athena tells of a query execution: GetQueryExecution, columns of results, result files, table metadata."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.endpoint.protocol import Fields

if TYPE_CHECKING:
    from sandbox.athena import QueryResult, Statement

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})

_TIMES = ("SubmissionDateTime", "CompletionDateTime")
_PRECISION = {
    "boolean": 0,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "timestamp": 3,
    "varchar": 2147483647,
    "string": 0,
}


@dataclass
class Execution:
    """A query execution; `state`: QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED; times of the monotonic clock."""

    fields: Fields
    statement: "Statement | None" = None
    unread: str = ""  # why there is no statement
    state: str = "QUEUED"
    reason: str | None = None
    result: "QueryResult | None" = None
    submitted: float = field(default_factory=time.monotonic)
    started: float | None = None
    ended: float | None = None

    @property
    def id(self) -> str:
        return str(self.fields["QueryExecutionId"])


def described(execution: Execution) -> Fields:
    fields = dict(execution.fields)
    times = {name: fields.pop(name) for name in _TIMES if name in fields}
    reason = {"StateChangeReason": execution.reason} if execution.reason else {}
    failed = {"AthenaError": _athena_error(execution.reason)} if execution.state == "FAILED" else {}
    kind = {"StatementType": execution.result.kind} if execution.result else {}
    status = {"State": execution.state, **times, **reason, **failed}
    return {**fields, **kind, "Status": status, "Statistics": _statistics(execution)}


def _athena_error(reason: str | None) -> Fields:
    """ErrorCategory: 1 system, 2 user. https://docs.aws.amazon.com/athena/latest/ug/error-reference.html"""
    system = (reason or "").startswith("GENERIC_INTERNAL_ERROR")
    return {
        "ErrorCategory": 1 if system else 2,
        "ErrorType": 401 if system else 1006,
        "Retryable": False,
        "ErrorMessage": reason or "",
    }


def _statistics(execution: Execution) -> Fields:
    ended = execution.ended or time.monotonic()
    started = execution.started or ended
    return {
        "QueryQueueTimeInMillis": _milliseconds(started - execution.submitted),
        "EngineExecutionTimeInMillis": _milliseconds(ended - started),
        "TotalExecutionTimeInMillis": _milliseconds(ended - execution.submitted),
        "ServiceProcessingTimeInMillis": 0,
        "DataScannedInBytes": execution.result.scanned_bytes if execution.result else 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def column_info(name: str, type_: str) -> Fields:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": type_,
        "Precision": _PRECISION.get(type_, 0),
        "Scale": 0,
        "Nullable": "UNKNOWN",
        "CaseSensitive": type_ == "varchar",
    }


def result_file(location: str, result: "QueryResult") -> tuple[str, bytes]:
    """Address and content: CSV for DML, tab-separated text without a header for the rest."""
    if result.kind == "DML":
        return location, _csv(result)
    return location.removesuffix(".csv") + ".txt", _text(result)


def _csv(result: "QueryResult") -> bytes:
    """Every value quoted, an empty string too; NULL unquoted and empty."""
    names: list[str | None] = [column.name for column in result.columns]
    lines = [",".join(map(_quoted, row)) for row in (names, *result.rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _text(result: "QueryResult") -> bytes:
    return "".join("\t".join(value or "" for value in row) + "\n" for row in result.rows).encode()
