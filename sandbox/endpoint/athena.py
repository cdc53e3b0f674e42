"""Athena: workgroups, query executions and their results, the catalog as Athena tells it.

What a query does is the business of sandbox.athena.
https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
"""

import csv
import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.endpoint.catalog import Catalog
from sandbox.endpoint.protocol import Actions, AwsError, Fields, action, now, page

if TYPE_CHECKING:
    from sandbox.athena import QueryEngine, QueryResult

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})

_RESULTS_PAGE = 1000  # GetQueryResults, rows with the header's
_EXECUTIONS_PAGE = 50
_CATALOG = "AwsDataCatalog"
_TIMES = ("SubmissionDateTime", "CompletionDateTime")
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
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
    state: str = "QUEUED"
    reason: str | None = None
    result: "QueryResult | None" = None
    submitted: float = field(default_factory=time.monotonic)
    started: float | None = None
    ended: float | None = None

    @property
    def id(self) -> str:
        return str(self.fields["QueryExecutionId"])


class QueryFailed(Exception):
    """The query is at fault."""


class Athena(Actions):
    def __init__(self, clients: Callable[[str], Any], catalog: Catalog) -> None:
        super().__init__()
        self._clients, self._catalog = clients, catalog
        self._groups: dict[str, Fields] = {
            "primary": _group("primary", {"EnforceWorkGroupConfiguration": False}, "")
        }
        self._executions: dict[str, Execution] = {}
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="athena")
        self._engine_lock = threading.Lock()

    # Workgroups

    @action
    def create_work_group(self, body: Fields) -> Fields:
        if body["Name"] in self._groups:
            raise _invalid("WorkGroup is already created")
        self._groups[body["Name"]] = _group(
            body["Name"], body.get("Configuration", {}), body.get("Description", "")
        )
        return {}

    @action
    def get_work_group(self, body: Fields) -> Fields:
        return {"WorkGroup": self._group(body["WorkGroup"])}

    @action
    def list_work_groups(self, body: Fields) -> Fields:
        names = ("Name", "State", "Description", "CreationTime")
        groups = [{name: group[name] for name in names} for group in self._groups.values()]
        return page(groups, body, "WorkGroups", 50, "InvalidRequestException")

    @action
    def delete_work_group(self, body: Fields) -> Fields:
        del self._groups[self._group(body["WorkGroup"])["Name"]]
        return {}

    # Executions

    @action
    def start_query_execution(self, body: Fields) -> Fields:
        """Result reuse is not offered: every query executes."""
        group = self._group(body.get("WorkGroup") or "primary")
        execution = Execution(_execution_fields(body, group))
        self._executions[execution.id] = execution
        self._pool.submit(self._execute, execution)
        return {"QueryExecutionId": execution.id}

    @action
    def stop_query_execution(self, body: Fields) -> Fields:
        """A query that has ended is left as it is."""
        execution = self._execution(body["QueryExecutionId"])
        if execution.state not in ENDED:
            execution.state, execution.reason = "CANCELLED", "Query cancelled by user"
            execution.ended = time.monotonic()
            execution.fields["CompletionDateTime"] = now()
        return {}

    @action
    def get_query_execution(self, body: Fields) -> Fields:
        return {"QueryExecution": _described(self._execution(body["QueryExecutionId"]))}

    @action
    def batch_get_query_execution(self, body: Fields) -> Fields:
        ids = body["QueryExecutionIds"]
        missing = [
            {"QueryExecutionId": id_, "ErrorCode": "INVALID_INPUT", "ErrorMessage": _not_found(id_)}
            for id_ in ids
            if id_ not in self._executions
        ]
        found = [_described(self._executions[id_]) for id_ in ids if id_ in self._executions]
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    @action
    def list_query_executions(self, body: Fields) -> Fields:
        """Newest first, of one workgroup (`primary` when none is named)."""
        group = self._group(body.get("WorkGroup") or "primary")["Name"]
        ids = [id_ for id_, execution in self._executions.items() if execution.fields["WorkGroup"] == group]
        return page(ids[::-1], body, "QueryExecutionIds", _EXECUTIONS_PAGE, "InvalidRequestException")

    @action
    def get_query_results(self, body: Fields) -> Fields:
        """Rows as text; the first row of a DML query's first page is the header."""
        execution = self._execution(body["QueryExecutionId"])
        if execution.state in ("QUEUED", "RUNNING"):
            raise _invalid(f"Query has not yet finished. Current state: {execution.state}")
        result = execution.result
        if execution.state != "SUCCEEDED" or result is None:
            raise _invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        names: list[str | None] = [column.name for column in result.columns]
        rows = [names, *result.rows] if result.kind == "DML" else result.rows
        part = page(rows, body, "Rows", _RESULTS_PAGE, "InvalidRequestException")
        columns = [_column_info(column.name, column.type) for column in result.columns]
        data = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in part["Rows"]
        ]
        more = {"NextToken": part["NextToken"]} if "NextToken" in part else {}
        return {
            "UpdateCount": 0,
            "ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}},
            **more,
        }

    # The catalog

    @action
    def list_data_catalogs(self, body: Fields) -> Fields:
        return {
            "DataCatalogsSummary": [{"CatalogName": _CATALOG, "Type": "GLUE", "Status": "CREATE_COMPLETE"}]
        }

    @action
    def get_data_catalog(self, body: Fields) -> Fields:
        _catalog_name(body["Name"])
        return {"DataCatalog": {"Name": _CATALOG, "Type": "GLUE"}}

    @action
    def list_databases(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        with self._catalog.lock:
            databases = [{"Name": name} for name in self._catalog.database_names()]
        return page(databases, body, "DatabaseList", 50, "InvalidRequestException")

    @action
    def get_database(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        found = self._ask_catalog("GetDatabase", {"Name": body["DatabaseName"]})["Database"]
        return {
            "Database": {name: found[name] for name in ("Name", "Description", "Parameters") if name in found}
        }

    @action
    def get_table_metadata(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        names = {"DatabaseName": body["DatabaseName"], "Name": body["TableName"]}
        return {"TableMetadata": _table_metadata(self._ask_catalog("GetTable", names)["Table"])}

    @action
    def list_table_metadata(self, body: Fields) -> Fields:
        _catalog_name(body["CatalogName"])
        asked = {**body, "MaxResults": min(int(body.get("MaxResults") or 50), 50)}
        answer = self._ask_catalog("GetTables", asked)
        more = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
        return {"TableMetadataList": [_table_metadata(table) for table in answer["TableList"]], **more}

    # Shared

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @cached_property
    def _engine(self) -> "QueryEngine":
        """Imported with the first query: the SQL engine takes longer to load than all the rest."""
        from sandbox.athena import QueryEngine

        return QueryEngine(self._clients)

    def warm_up(self) -> None:
        """Loads the engine ahead of the first query."""
        with self._engine_lock:
            _ = self._engine

    def _execute(self, execution: Execution) -> None:
        """The life of a query, on a thread of the pool."""
        with self.lock:
            if execution.state != "QUEUED":
                return
            execution.state, execution.started = "RUNNING", time.monotonic()
        try:
            result = self._run(execution.fields)
        except QueryFailed as error:
            self._end(execution, "FAILED", str(error))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the query must be seen to fail
            self._end(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}")
        else:
            self._end(execution, "SUCCEEDED", None, result)

    def _run(self, fields: Fields) -> "QueryResult":
        from sandbox.athena import QueryError

        self.warm_up()
        try:
            result = self._engine.run(
                fields["Query"],
                database=fields["QueryExecutionContext"].get("Database", "default"),
                parameters=fields.get("ExecutionParameters"),
            )
        except QueryError as error:
            raise QueryFailed(str(error)) from error
        settings = fields["ResultConfiguration"]
        settings["OutputLocation"] = self._write_result(settings["OutputLocation"], result)
        return result

    def _end(
        self, execution: Execution, state: str, reason: str | None, result: "QueryResult | None" = None
    ) -> None:
        with self.lock:
            if execution.state in ENDED:  # cancelled meanwhile
                return
            execution.state, execution.reason, execution.result = state, reason, result
            execution.ended = time.monotonic()
            execution.fields["CompletionDateTime"] = now()

    def _write_result(self, location: str, result: "QueryResult") -> str:
        """Writes the result file: CSV for DML, tab-separated text without a header for the rest; gives its address."""
        body, suffix = (_csv(result), ".csv") if result.kind == "DML" else (_text(result), ".txt")
        address = location.removesuffix(".csv") + suffix
        bucket, _, key = address.removeprefix("s3://").partition("/")
        self._clients("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return address

    def _group(self, name: str) -> Fields:
        if name not in self._groups:
            raise _invalid("WorkGroup is not found.")
        return self._groups[name]

    def _execution(self, id_: str) -> Execution:
        if id_ not in self._executions:
            raise _invalid(_not_found(id_))
        return self._executions[id_]

    def _ask_catalog(self, name: str, body: Fields) -> Fields:
        """Athena tells what the Glue catalog lacks as MetadataException."""
        try:
            with self._catalog.lock:
                return self._catalog.actions()[name](body)
        except AwsError as error:
            raise AwsError("MetadataException", f"{error.code}: {error.message}") from error


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message, AthenaErrorCode="INVALID_INPUT")


def _not_found(id_: str) -> str:
    return f"QueryExecution {id_} was not found"


def _catalog_name(name: str) -> None:
    if name.lower() != _CATALOG.lower():
        raise _invalid(f"Data catalog {name} was not found")


def _group(name: str, configuration: Fields, description: str) -> Fields:
    defaults = {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EngineVersion": _ENGINE,
    }
    return {
        "Name": name,
        "State": "ENABLED",
        "Description": description,
        "CreationTime": now(),
        "Configuration": {**defaults, **configuration},
    }


def _execution_fields(body: Fields, group: Fields) -> Fields:
    """The result location is the workgroup's where that is enforced, else the caller's, else the workgroup's."""
    of_group = group["Configuration"]["ResultConfiguration"]
    of_caller = body.get("ResultConfiguration") or {}
    enforced = group["Configuration"]["EnforceWorkGroupConfiguration"]
    settings = {**of_caller, **of_group} if enforced else {**of_group, **of_caller}
    if not settings.get("OutputLocation"):
        raise _invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    id_ = str(uuid4())
    location = settings["OutputLocation"].rstrip("/") + f"/{id_}.csv"
    parameters = body.get("ExecutionParameters")
    return {
        "QueryExecutionId": id_,
        "Query": body["QueryString"],
        "QueryExecutionContext": body.get("QueryExecutionContext") or {},
        "ResultConfiguration": {**settings, "OutputLocation": location},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "WorkGroup": group["Name"],
        "EngineVersion": _ENGINE,
        "SubmissionDateTime": now(),
        **({"ExecutionParameters": parameters} if parameters else {}),
    }


def _described(execution: Execution) -> Fields:
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


def _column_info(name: str, type_: str) -> Fields:
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


def _table_metadata(table: Fields) -> Fields:
    descriptor = table.get("StorageDescriptor", {})
    serde = descriptor.get("SerdeInfo", {})
    told = {
        "location": descriptor.get("Location", ""),
        "inputformat": descriptor.get("InputFormat", ""),
        "outputformat": descriptor.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
    }
    return {
        "Name": table["Name"],
        "CreateTime": table["CreateTime"],
        "TableType": table.get("TableType", ""),
        "Columns": descriptor.get("Columns", []),
        "PartitionKeys": table.get("PartitionKeys", []),
        "Parameters": {**table.get("Parameters", {}), **told},
    }


def _csv(result: "QueryResult") -> bytes:
    """Every value quoted, NULL unquoted and empty: QUOTE_NOTNULL would not quote strings that are empty."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    for row in result.rows:
        if None in row:
            text.write(",".join("" if value is None else _quoted(value) for value in row) + "\n")
        else:
            writer.writerow(row)
    return text.getvalue().encode()


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _text(result: "QueryResult") -> bytes:
    return "".join("\t".join(value or "" for value in row) + "\n" for row in result.rows).encode()
