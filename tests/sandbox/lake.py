"""Tables of a test's own for Athena: Parquet in S3, registered in the Data Catalog as the test says, and no further."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sandbox.edges import PARQUET

Clients = Callable[[str], Any]

BUCKET = "dataplatform-stg-refined-zone"


@dataclass(frozen=True)
class Answer:
    """A query execution, ended: why it failed, or columns, their types and rows as GetQueryResults tells them."""

    reason: str
    columns: list[str]
    types: list[str]
    rows: list[list[str | None]]
    scanned_bytes: int


@dataclass
class Lake:
    """A database of the Data Catalog."""

    clients: Clients
    database: str

    def create(self) -> Lake:
        self.clients("glue").create_database(DatabaseInput={"Name": self.database})
        return self

    def location(self, table: str) -> str:
        return f"s3://{BUCKET}/{self.database}/{table}/"

    def table(self, name: str, columns: Mapping[str, str], keys: Mapping[str, str] | None = None) -> None:
        """Register a table: names and Glue types of its columns and partition keys."""
        self.clients("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "StorageDescriptor": {
                    **PARQUET,
                    "Location": self.location(name),
                    "Columns": _columns(columns),
                },
                "PartitionKeys": _columns(keys or {}),
                "TableType": "EXTERNAL_TABLE",
            },
        )

    def partition(self, table: str, columns: Mapping[str, str], **values: str) -> None:
        """Register a partition with the columns that it was crawled with."""
        self.clients("glue").create_partition(
            DatabaseName=self.database,
            TableName=table,
            PartitionInput={
                "Values": list(values.values()),
                "StorageDescriptor": {
                    "Location": self.location(table) + _folder(values),
                    "Columns": _columns(columns),
                },
            },
        )

    def put(self, table: str, data: pa.Table | bytes, *, name: str = "part-0", **values: str) -> str:
        """Lay an object into a table's (partition's) folder, registered or not; its key."""
        if not isinstance(data, bytes):
            buffer = io.BytesIO()
            pq.write_table(data, buffer)
            data = buffer.getvalue()
        key = f"{self.database}/{table}/{_folder(values)}{name}.parquet"
        self.clients("s3").put_object(Bucket=BUCKET, Key=key, Body=data)
        return key

    def ask(self, sql: str, **fields: Any) -> Answer:
        athena = self.clients("athena")
        id_ = athena.start_query_execution(
            QueryString=sql,
            WorkGroup="planning",
            QueryExecutionContext={"Database": self.database},
            **fields,
        )["QueryExecutionId"]
        deadline = time.monotonic() + 30.0
        while True:
            execution = athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
            assert time.monotonic() < deadline, f"still running: {sql[:200]}"
            time.sleep(0.005)
        if execution["Status"]["State"] != "SUCCEEDED":
            return Answer(execution["Status"]["StateChangeReason"], [], [], [], 0)
        found = athena.get_query_results(QueryExecutionId=id_)["ResultSet"]
        columns = found["ResultSetMetadata"]["ColumnInfo"]
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"]]
        header = 1 if execution["StatementType"] == "DML" else 0
        return Answer(
            "",
            [column["Name"] for column in columns],
            [column["Type"] for column in columns],
            rows[header:],
            execution["Statistics"]["DataScannedInBytes"],
        )

    def rows(self, sql: str) -> list[list[str | None]]:
        answer = self.ask(sql)
        assert not answer.reason, answer.reason
        return answer.rows

    def reason(self, sql: str) -> str:
        """Why a query fails."""
        answer = self.ask(sql)
        assert answer.reason, f"answered: {answer.rows}"
        return answer.reason

    def refusal(self, sql: str) -> str:
        """Why a query is not even begun."""
        athena = self.clients("athena")
        with pytest.raises(athena.exceptions.InvalidRequestException) as refused:
            athena.start_query_execution(QueryString=sql, WorkGroup="planning")
        return str(refused.value.response["Error"]["Message"])

    def executions(self) -> list[str]:
        """Ids of the workgroup's last queries."""
        found = self.clients("athena").list_query_executions(WorkGroup="planning")
        return list(found["QueryExecutionIds"])


def _columns(types: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": type_} for name, type_ in types.items()]


def _folder(values: Mapping[str, str]) -> str:
    return "".join(f"{key}={value}/" for key, value in values.items())
