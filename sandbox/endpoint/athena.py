"""Athena: workgroups, query executions and their results.

What a query does is the business of sandbox.athena. Errors, lengths, counts and patterns are those of the API
reference, as botocore's model has them (tests/sandbox/test_reference.py). From memory: the words of errors where
nothing else is said, and pages of the largest size where MaxResults is not given.
https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.clock import now
from sandbox.endpoint.athena_answers import (
    ENDED,
    Execution,
    column_info,
    described,
    result_file,
)
from sandbox.endpoint.athena_catalog import invalid
from sandbox.endpoint.protocol import Actions, Fields, action, page, unlocked_action
from sandbox.latency import at_least

if TYPE_CHECKING:
    from sandbox.athena import QueryEngine, QueryResult
    from sandbox.athena.trino import TrinoEngine

_RESULTS_PAGE = 1000  # GetQueryResults, rows with the header's
_EXECUTIONS_PAGE = 50
_ACTIVE_QUERIES = 100  # the default quota of active DML queries in eu-west-2
_WORKERS = 8  # of them that are worked on at once here
_ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


class QueryFailed(Exception):
    """The query is at fault."""


class Athena(Actions):
    def __init__(self, clients: Callable[[str], Any], least_seconds: float = 0.0) -> None:
        """`least_seconds`: how long a query takes at least."""
        super().__init__()
        self._clients = clients
        self._take_time = at_least(least_seconds, self._run)
        self._groups: dict[str, Fields] = {
            "primary": _group("primary", {"EnforceWorkGroupConfiguration": False}, "")
        }
        self._executions: dict[str, Execution] = {}
        self._pool = ThreadPoolExecutor(_ACTIVE_QUERIES, thread_name_prefix="athena")
        self._at_work = threading.Semaphore(_WORKERS)
        self._engine_lock = threading.Lock()

    # Workgroups

    @action
    def create_work_group(self, body: Fields) -> Fields:
        """`primary` is there always: its words are AWS's (hashicorp/terraform-provider-aws issue 37845)."""
        if body["Name"] == "primary":
            raise invalid("primary workGroup could not be created")
        if body["Name"] in self._groups:
            raise invalid("WorkGroup is already created")
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
        """ "The primary workgroup cannot be deleted", and one that has executions with RecursiveDeleteOption alone:
        "WorkGroup … is not empty" (aws-samples/coast-grafana-cost-intelligence-dashboards issue 9)."""
        name = self._group(body["WorkGroup"])["Name"]
        if name == "primary":
            raise invalid("primary workGroup could not be deleted")
        ids = [id_ for id_, execution in self._executions.items() if execution.fields["WorkGroup"] == name]
        if ids and not body.get("RecursiveDeleteOption"):
            raise invalid(f"WorkGroup {name} is not empty")
        for id_ in ids:
            del self._executions[id_]
        del self._groups[name]
        return {}

    # Executions

    @unlocked_action
    def start_query_execution(self, body: Fields) -> Fields:
        """Result reuse is not offered: every query executes. What is no SQL is refused here, and never executes."""
        with self.lock:
            group = self._group(body.get("WorkGroup") or "primary")
            execution = Execution(_execution_fields(body, group))
        self._read(execution)
        with self.lock:
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
        return {"QueryExecution": described(self._execution(body["QueryExecutionId"]))}

    @action
    def batch_get_query_execution(self, body: Fields) -> Fields:
        ids = body["QueryExecutionIds"]
        missing = [
            {"QueryExecutionId": id_, "ErrorCode": "INVALID_INPUT", "ErrorMessage": _not_found(id_)}
            for id_ in ids
            if id_ not in self._executions
        ]
        found = [described(self._executions[id_]) for id_ in ids if id_ in self._executions]
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
            raise invalid(f"Query has not yet finished. Current state: {execution.state}")
        result = execution.result
        if execution.state != "SUCCEEDED" or result is None:
            raise invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        names: list[str | None] = [column.name for column in result.columns]
        rows = [names, *result.rows] if result.kind == "DML" else result.rows
        part = page(rows, body, "Rows", _RESULTS_PAGE, "InvalidRequestException")
        columns = [column_info(column.name, column.told_type) for column in result.columns]
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

    # Shared

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        if "_engine" in vars(self):  # something has been asked
            self._engine.close()

    @cached_property
    def _engine(self) -> "QueryEngine | TrinoEngine":
        """Imported with the first query: the SQL engine takes longer to load than all the rest."""
        if address := os.environ.get("SANDBOX_ATHENA"):
            from sandbox.athena.trino import TrinoEngine

            return TrinoEngine(self._clients, address)
        from sandbox import arrow
        from sandbox.athena import QueryEngine

        arrow.prepare()
        return QueryEngine(self._clients)

    def warm_up(self) -> None:
        """Loads the engine ahead of the first query."""
        with self._engine_lock:
            _ = self._engine

    def _read(self, execution: Execution) -> None:
        """Raises `AwsError` for what is no SQL; what the sandbox does not do fails when it is executed."""
        from sandbox.athena import QueryError, SyntaxFault

        self.warm_up()
        fields = execution.fields
        try:
            execution.statement = self._engine.read(fields["Query"], fields.get("ExecutionParameters"))
        except SyntaxFault as fault:
            raise invalid(fault.told) from fault
        except QueryError as error:
            execution.unread = _hinted(str(error))

    def _execute(self, execution: Execution) -> None:
        """The life of a query, on a thread of the pool."""
        with self.lock:
            if execution.state != "QUEUED":
                return
            execution.state, execution.started = "RUNNING", time.monotonic()
        try:
            result = self._take_time(execution)
        except QueryFailed as error:
            self._end(execution, "FAILED", str(error))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the query must be seen to fail
            self._end(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}")
        else:
            self._end(execution, "SUCCEEDED", None, result)

    def _run(self, execution: Execution) -> "QueryResult":
        from sandbox.athena import QueryError

        fields = execution.fields
        if execution.statement is None:
            raise QueryFailed(execution.unread)
        try:
            with self._at_work:
                named = fields["QueryExecutionContext"].get("Database", "default")
                database = named.strip("`")  # as awswrangler gives it for SHOW and DESCRIBE
                result = self._engine.run(execution.statement, database)
        except QueryError as error:
            raise QueryFailed(_hinted(str(error))) from error
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
        """Writes the result file; gives its address."""
        address, body = result_file(location, result)
        bucket, _, key = address.removeprefix("s3://").partition("/")
        self._clients("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return address

    def _group(self, name: str) -> Fields:
        if name not in self._groups:
            raise invalid("WorkGroup is not found.")
        return self._groups[name]

    def _execution(self, id_: str) -> Execution:
        if id_ not in self._executions:
            raise invalid(_not_found(id_))
        return self._executions[id_]


def _not_found(id_: str) -> str:
    return f"QueryExecution {id_} was not found"


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
        raise invalid(
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


def _hinted(reason: str) -> str:
    """With the way to all of Athena's SQL, where it is the sandbox alone that does not do it."""
    if not reason.startswith("NOT_SUPPORTED: ") or "the sandbox" not in reason:
        return reason
    return f"{reason}. Started with a Trino (SANDBOX_ATHENA), the sandbox does what Trino does"
