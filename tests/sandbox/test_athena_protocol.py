"""Query executions as Athena tells them, over boto3 and pyathena. What SQL means is tested elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pyathena import connect
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError
from pyathena.pandas.cursor import PandasCursor
from pyathena.util import _get_error_code

from sandbox.deployment import RAW_DATABASE, RESULTS
from sandbox.process import Sandbox

Clients = Callable[[str], Any]

NUMBERS = "SELECT n FROM UNNEST(sequence(1, 1500)) AS t(n)"
VALUES = "SELECT 1 AS a, 'x' AS b, CAST(NULL AS varchar) AS c, '' AS d"


@pytest.fixture
def connection(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments for pyathena; it takes the endpoint from the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", box.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    schema = "dataplatform-stg-tascomi-raw-zone"
    return {"work_group": "planning", "region_name": box.region, "schema_name": schema, "poll_interval": 0.02}


def execute(clients: Clients, sql: str, **fields: Any) -> dict[str, Any]:
    """The execution, ended."""
    athena = clients("athena")
    id_ = athena.start_query_execution(QueryString=sql, WorkGroup="planning", **fields)["QueryExecutionId"]
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(0.02)
    raise AssertionError("still running")


def test_an_execution_told(clients: Clients) -> None:
    elsewhere = {"OutputLocation": "s3://elsewhere/"}
    execution = execute(clients, VALUES, ResultConfiguration=elsewhere)
    id_ = execution["QueryExecutionId"]
    configuration = execution["ResultConfiguration"]
    assert configuration["OutputLocation"] == f"s3://{RESULTS}/planning/{id_}.csv"  # the workgroup enforces
    assert configuration["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert (execution["Status"]["State"], execution["StatementType"]) == ("SUCCEEDED", "DML")
    assert execution["Status"]["SubmissionDateTime"] <= execution["Status"]["CompletionDateTime"]
    assert execution["Statistics"]["DataScannedInBytes"] == 0
    assert execution["Statistics"]["TotalExecutionTimeInMillis"] >= 0
    body = clients("s3").get_object(Bucket=RESULTS, Key=f"planning/{id_}.csv")["Body"].read()
    assert body == b'"a","b","c","d"\n"1","x",,""\n'
    ids = clients("athena").list_query_executions(WorkGroup="planning")["QueryExecutionIds"]
    assert id_ in ids


def test_results_are_paged_and_typed(clients: Clients) -> None:
    athena, id_ = clients("athena"), execute(clients, NUMBERS)["QueryExecutionId"]
    first = athena.get_query_results(QueryExecutionId=id_)
    second = athena.get_query_results(QueryExecutionId=id_, NextToken=first["NextToken"])
    rows = [*first["ResultSet"]["Rows"], *second["ResultSet"]["Rows"]]
    assert [len(page["ResultSet"]["Rows"]) for page in (first, second)] == [1000, 501]
    assert [row["Data"][0]["VarCharValue"] for row in rows[:2]] == ["n", "1"]  # the header once
    assert "NextToken" not in second
    (column,) = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (column["Name"], column["Type"], column["Precision"]) == ("n", "bigint", 19)


def test_a_failure_says_why(clients: Clients) -> None:
    database = {"Database": "dataplatform-stg-tascomi-raw-zone"}
    execution = execute(clients, "SELECT * FROM no_such_table", QueryExecutionContext=database)
    status = execution["Status"]
    assert (status["State"], status["AthenaError"]["ErrorCategory"]) == ("FAILED", 2)
    assert "no_such_table" in status["StateChangeReason"]
    athena = clients("athena")
    with pytest.raises(athena.exceptions.InvalidRequestException, match="Final query state: FAILED"):
        athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])


def test_executions_in_a_batch_and_a_missing_one(clients: Clients) -> None:
    athena, id_, missing = clients("athena"), execute(clients, VALUES)["QueryExecutionId"], "0" * 36
    answer = athena.batch_get_query_execution(QueryExecutionIds=[id_, missing])
    assert [execution["QueryExecutionId"] for execution in answer["QueryExecutions"]] == [id_]
    assert [entry["QueryExecutionId"] for entry in answer["UnprocessedQueryExecutionIds"]] == [missing]
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.get_query_execution(QueryExecutionId=missing)


def test_a_query_is_stopped(clients: Clients) -> None:
    """It ends as CANCELLED, unless it was quicker."""
    athena = clients("athena")
    id_ = athena.start_query_execution(QueryString=NUMBERS, WorkGroup="planning")["QueryExecutionId"]
    athena.stop_query_execution(QueryExecutionId=id_)
    state = athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]["Status"]["State"]
    assert state in ("CANCELLED", "SUCCEEDED")
    time.sleep(0.2)
    later = athena.get_query_execution(QueryExecutionId=id_)["QueryExecution"]["Status"]["State"]
    assert later == state


def test_pyathena(connection: dict[str, Any]) -> None:
    with connect(**connection) as athena:
        assert athena.cursor().execute(VALUES).fetchall() == [(1, "x", None, "")]
        assert athena.cursor(DictCursor).execute(VALUES).fetchall() == [
            {"a": 1, "b": "x", "c": None, "d": ""}
        ]
        assert len(athena.cursor().execute(NUMBERS).fetchall()) == 1500
        frame = athena.cursor(PandasCursor).execute(VALUES).as_pandas()
        assert (list(frame.columns), frame["a"].tolist()) == (["a", "b", "c", "d"], [1])
        with pytest.raises(OperationalError, match="no_such_table"):
            athena.cursor().execute("SELECT * FROM no_such_table")


def test_parameters(connection: dict[str, Any]) -> None:
    with connect(**connection) as athena:
        cursor = athena.cursor().execute("SELECT ? AS a, ? AS b", ["1", "'x'"], paramstyle="qmark")
        assert cursor.fetchall() == [(1, "x")]


# What foreign clients go by (tests/clients plays them)


def test_an_absent_table_in_the_words_that_clients_look_for(connection: dict[str, Any]) -> None:
    """PyAthena, and so SQLAlchemy's has_table, finds Glue's error in them."""
    with connect(**connection) as athena, pytest.raises(OperationalError) as refused:
        athena.cursor().get_table_metadata("nobodys")
    told = refused.value.__cause__
    assert _get_error_code(told) == "MetadataException"
    assert _get_error_code(told, unwrap_metadata=True) == "EntityNotFoundException"


def test_describe_tells_of_three_columns_in_one_value(clients: Clients) -> None:
    quoted = {"Database": f"`{RAW_DATABASE}`"}  # as awswrangler does
    execution = execute(clients, "DESCRIBE `wards`", QueryExecutionContext=quoted)
    result = clients("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    names = [column["Name"] for column in result["ResultSetMetadata"]["ColumnInfo"]]
    assert names == ["col_name", "data_type", "comment"]
    assert [len(row["Data"]) for row in result["Rows"]] == [1] * len(result["Rows"])


def test_a_statement_is_refused_by_its_name(clients: Clients) -> None:
    reason = execute(clients, "SHOW CREATE TABLE wards")["Status"]["StateChangeReason"]
    assert "the sandbox runs queries, SHOW and DESCRIBE, not SHOW CREATE." in reason


def test_a_workgroup_with_executions_is_kept(clients: Clients) -> None:
    athena, name = clients("athena"), "of-executions"
    configuration = {"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/{name}/"}}
    athena.create_work_group(Name=name, Configuration=configuration)
    athena.start_query_execution(QueryString=VALUES, WorkGroup=name)
    with pytest.raises(athena.exceptions.InvalidRequestException, match="is not empty"):
        athena.delete_work_group(WorkGroup=name)
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    assert name not in [each["Name"] for each in athena.list_work_groups()["WorkGroups"]]


def test_the_primary_workgroup_stays(clients: Clients) -> None:
    athena = clients("athena")
    with pytest.raises(athena.exceptions.InvalidRequestException, match="could not be created"):
        athena.create_work_group(Name="primary")
    with pytest.raises(athena.exceptions.InvalidRequestException, match="could not be deleted"):
        athena.delete_work_group(WorkGroup="primary")
