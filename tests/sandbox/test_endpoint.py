"""The endpoint: Glue's definitions and catalog, S3, STS, Athena's protocol, and the moto beneath."""

from __future__ import annotations

import inspect
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.deployment import RAW_DATABASE, SCRIPTS
from sandbox.process import Sandbox
from sandbox.tascomi.resources import deployed

Clients = Callable[[str], Any]

ROLE = "arn:aws:iam::111122223333:role/job"
COMMAND = {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPTS}/nothing.py", "PythonVersion": "3.9"}
INGESTION = "stg tascomi_api_ingestion_planning"


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:8]}"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


# Jobs


def test_a_job_is_given_back_as_it_was_created(clients: Clients) -> None:
    glue, name = clients("glue"), unique("job")
    given = {
        "Description": "a job",
        "LogUri": "s3://logs/",
        "Role": ROLE,
        "Command": COMMAND,
        "DefaultArguments": {"--a": "1"},
        "NonOverridableArguments": {"--b": "2"},
        "Connections": {"Connections": ["one"]},
        "ExecutionProperty": {"MaxConcurrentRuns": 3},
        "Timeout": 17,
        "MaxRetries": 0,
        "GlueVersion": "3.0",
        "MaxCapacity": 1.0,
        "SecurityConfiguration": "sc",
        "NotificationProperty": {"NotifyDelayAfter": 5},
        "JobMode": "SCRIPT",
        "JobRunQueuingEnabled": False,
        "SourceControlDetails": {"Provider": "GITHUB", "Repository": "r"},
    }
    glue.create_job(Name=name, Tags={"team": "planning"}, **given)
    job = glue.get_job(JobName=name)["Job"]
    assert {key: job[key] for key in given} == given
    assert job["CreatedOn"] <= datetime.now(UTC)
    assert "Tags" not in job
    arn = f"arn:aws:glue:eu-west-2:111122223333:job/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "planning"}
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"more": "1"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"more": "1"}


def test_tags_of_awss_own_are_refused(clients: Clients) -> None:
    glue, name, reserved = clients("glue"), unique("job"), {"aws:cloudformation:stack-name": "s"}
    with pytest.raises(glue.exceptions.InvalidInputException, match="reserved"):
        glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Tags=reserved)
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    arn = f"arn:aws:glue:eu-west-2:111122223333:job/{name}"
    with pytest.raises(glue.exceptions.InvalidInputException, match="reserved"):
        glue.tag_resource(ResourceArn=arn, TagsToAdd=reserved)
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}


def test_workers_stand_for_capacity(clients: Clients) -> None:
    glue, name = clients("glue"), unique("spark")
    command = {"Name": "glueetl", "ScriptLocation": "s3://x/y.py"}
    glue.create_job(Name=name, Role=ROLE, Command=command, WorkerType="G.2X", NumberOfWorkers=3)
    job = glue.get_job(JobName=name)["Job"]
    assert (job["MaxCapacity"], job["AllocatedCapacity"], job["Timeout"]) == (6.0, 6, 2880)
    with pytest.raises(glue.exceptions.InvalidInputException, match="Max Capacity"):
        glue.create_job(
            Name=unique("spark"),
            Role=ROLE,
            Command=command,
            MaxCapacity=6.0,
            WorkerType="G.2X",
            NumberOfWorkers=3,
        )
    with pytest.raises(glue.exceptions.InvalidInputException, match="both Worker Type and Number of Workers"):
        glue.create_job(Name=unique("spark"), Role=ROLE, Command=command, WorkerType="G.2X")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"MaxCapacity": 2.0}, "0.0625 or 1 DPU, and not 2"),
        (
            {"WorkerType": "G.1X", "NumberOfWorkers": 2},
            "Worker Type is not supported for Job Command pythonshell",
        ),
        ({"ExecutionClass": "FLEX"}, "FLEX is for glueetl jobs, and not for pythonshell"),
    ],
)
def test_what_python_shell_jobs_cannot_have(clients: Clients, settings: dict[str, Any], message: str) -> None:
    glue, name = clients("glue"), unique("shell")
    with pytest.raises(glue.exceptions.InvalidInputException, match=message):
        glue.create_job(Name=name, Role=ROLE, Command=COMMAND, **settings)
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    with pytest.raises(glue.exceptions.InvalidInputException, match=message):
        glue.start_job_run(JobName=name, **settings)
    spark = {"Name": "glueetl", "ScriptLocation": "s3://x/y.py"}
    if "MaxCapacity" not in settings:
        glue.create_job(Name=unique("spark"), Role=ROLE, Command=spark, **settings)


def test_a_taken_name_and_a_missing_one(clients: Clients) -> None:
    glue, name = clients("glue"), unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_job(Name=name, Role=ROLE, Command=COMMAND)
    glue.delete_job(JobName=name)
    assert glue.delete_job(JobName=name)["JobName"] == name  # no exception on AWS either
    for call in (glue.get_job, glue.start_job_run, glue.get_job_runs):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            call(JobName=name)


def test_update_resets_what_it_does_not_name(clients: Clients) -> None:
    glue, name = clients("glue"), unique("job")
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Timeout=5, DefaultArguments={"--a": "1"})
    glue.update_job(JobName=name, JobUpdate={"Role": ROLE, "Command": COMMAND, "MaxCapacity": 1.0})
    job = glue.get_job(JobName=name)["Job"]
    assert (job["Timeout"], job["MaxCapacity"]) == (2880, 1.0)
    assert "DefaultArguments" not in job


def test_lists_of_jobs_are_paged(clients: Clients) -> None:
    glue = clients("glue")
    names = [name for page in pages(glue.list_jobs, MaxResults=2) for name in page["JobNames"]]
    jobs = [job["Name"] for page in pages(glue.get_jobs, MaxResults=3) for job in page["Jobs"]]
    assert INGESTION in names
    assert len(names) == len(set(names))
    assert set(jobs) >= {INGESTION}
    assert len(glue.get_jobs(MaxResults=3)["Jobs"]) == 3
    found = glue.batch_get_jobs(JobNames=[INGESTION, "no such job"])
    assert ([job["Name"] for job in found["Jobs"]], found["JobsNotFound"]) == ([INGESTION], ["no such job"])


def pages(call: Callable[..., Any], **arguments: Any) -> list[dict[str, Any]]:
    answers = [call(**arguments)]
    while "NextToken" in answers[-1]:
        answers.append(call(NextToken=answers[-1]["NextToken"], **arguments))
    return answers


# The catalog


@pytest.fixture
def database(clients: Clients) -> str:
    name = unique("db")
    clients("glue").create_database(DatabaseInput={"Name": name.upper()})
    return name


def create_table(glue: Any, database: str, name: str, keys: list[str], partitions: list[list[str]]) -> None:
    descriptor = {"Columns": [{"Name": "id", "Type": "int"}], "Location": f"s3://b/{name}/"}
    partition_keys = [{"Name": key, "Type": "string"} for key in keys]
    table = {"Name": name, "PartitionKeys": partition_keys, "StorageDescriptor": descriptor}
    glue.create_table(DatabaseName=database, TableInput=table)
    inputs = [{"Values": values, "StorageDescriptor": descriptor} for values in partitions]
    glue.batch_create_partition(DatabaseName=database, TableName=name, PartitionInputList=inputs)


def test_names_are_lower_case(clients: Clients, database: str) -> None:
    glue = clients("glue")
    assert glue.get_database(Name=database.upper())["Database"]["Name"] == database
    create_table(glue, database, "Wards", [], [])
    assert glue.get_table(DatabaseName=database, Name="WARDS")["Table"]["Name"] == "wards"
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        create_table(glue, database, "wards", [], [])
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName=database, Name="ward")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ('a,b "ß🏗"\t', ""),
        ("x" * 255, ""),
        ("ß" * 128, "InvalidInputException"),
        ("a\nb", "ValidationException"),
        ("a\x1fb", "ValidationException"),
    ],
)
def test_names_of_columns(clients: Clients, database: str, name: str, error: str) -> None:
    glue = clients("glue")
    table = {"Name": "named", "StorageDescriptor": {"Columns": [{"Name": name, "Type": "string"}]}}
    if error:
        with pytest.raises(ClientError) as refused:
            glue.create_table(DatabaseName=database, TableInput=table)
        assert code(refused) == error
        return
    glue.create_table(DatabaseName=database, TableInput=table)
    found = glue.get_table(DatabaseName=database, Name="named")["Table"]
    assert [each["Name"] for each in found["StorageDescriptor"]["Columns"]] == [name]


def test_tables_are_paged_and_filtered(clients: Clients, database: str) -> None:
    glue = clients("glue")
    for number in range(5):
        create_table(glue, database, f"t{number}", [], [])
    create_table(glue, database, "other", [], [])
    answers = pages(glue.get_tables, DatabaseName=database, MaxResults=2, Expression="t*")
    assert [[table["Name"] for table in answer["TableList"]] for answer in answers] == [
        ["t0", "t1"],
        ["t2", "t3"],
        ["t4"],
    ]
    assert len(glue.get_tables(DatabaseName=database)["TableList"]) == 6


def test_partitions_are_paged_filtered_and_keep_their_schema(clients: Clients, database: str) -> None:
    glue = clients("glue")
    create_table(glue, database, "t", ["d", "n"], [["20240101", "1"], ["20240102", "2"], ["20240103", "3"]])
    names = {"DatabaseName": database, "TableName": "t"}
    answers = pages(glue.get_partitions, MaxResults=2, **names)
    assert [len(answer["Partitions"]) for answer in answers] == [2, 1]
    found = glue.get_partitions(Expression="d > '20240101' AND n IN ('2', '9')", **names)["Partitions"]
    assert [partition["Values"] for partition in found] == [["20240102", "2"]]
    assert found[0]["StorageDescriptor"]["Columns"] == [{"Name": "id", "Type": "int"}]
    bare = glue.get_partitions(ExcludeColumnSchema=True, **names)["Partitions"]
    assert "Columns" not in bare[0]["StorageDescriptor"]
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_partitions(Expression="nonsense", **names)


def test_partitions_that_are_there_already(clients: Clients, database: str) -> None:
    glue = clients("glue")
    create_table(glue, database, "t", ["d"], [["1"]])
    names = {"DatabaseName": database, "TableName": "t"}
    errors = glue.batch_create_partition(PartitionInputList=[{"Values": ["1"]}, {"Values": ["2"]}], **names)
    assert [error["PartitionValues"] for error in errors["Errors"]] == [["1"]]
    glue.delete_partition(PartitionValues=["1"], **names)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_partition(PartitionValues=["1"], **names)
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.create_partition(PartitionInput={"Values": ["1", "2"]}, **names)


def test_segments_share_the_partitions_out(clients: Clients, database: str) -> None:
    glue, where = clients("glue"), {"DatabaseName": database, "TableName": "t"}
    create_table(glue, database, "t", ["d"], [[str(day)] for day in range(7)])
    segments = [
        glue.get_partitions(**where, Segment={"SegmentNumber": number, "TotalSegments": 3})["Partitions"]
        for number in range(3)
    ]
    assert all(segments)
    assert [each["Values"][0] for found in segments for each in found] == [str(day) for day in range(7)]
    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.get_partitions(**where, Segment={"SegmentNumber": 3, "TotalSegments": 3})


def test_what_glue_fills_in(clients: Clients, database: str) -> None:
    glue = clients("glue")
    create_table(glue, database, "t", ["d"], [["1"]])
    where = {"DatabaseName": database, "TableName": "t"}
    table = glue.get_table(DatabaseName=database, Name="t")["Table"]
    partition = glue.get_partition(**where, PartitionValues=["1"])["Partition"]
    filled = {"Compressed": False, "NumberOfBuckets": 0, "SortColumns": [], "StoredAsSubDirectories": False}
    assert table["Retention"] == 0
    for found in (table, partition):
        assert filled.items() <= found["StorageDescriptor"].items()
    assert (
        glue.get_column_statistics_for_table(**where, ColumnNames=["a"])["ColumnStatisticsList"]
        == glue.get_column_statistics_for_partition(**where, PartitionValues=["1"], ColumnNames=["a"])[
            "ColumnStatisticsList"
        ]
        == []
    )


@pytest.mark.parametrize(
    ("service", "method", "arguments", "error", "told"),
    [
        ("glue", "get_table", {"DatabaseName": "x"}, "ValidationException", "'name' .* must not be null"),
        (
            "glue",
            "get_partitions",
            {"DatabaseName": "x", "TableName": "t", "Expression": "d" * 2049},
            "ValidationException",
            "'expression' .* length less than or equal to 2048",
        ),
        (
            "glue",
            "create_job",
            {"Name": "x", "Role": "r", "Command": {"Name": "pythonshell"}, "WorkerType": "Z.9X"},
            "ValidationException",
            "'workerType' .* must satisfy enum value set: .*Standard",
        ),
        (
            "glue",
            "create_table",
            {
                "DatabaseName": "x",
                "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [{"Type": "int"}]}},
            },
            "ValidationException",
            "'tableInput.storageDescriptor.columns.1.member.name'",
        ),
        ("glue", "get_jobs", {"MaxResults": "all"}, "SerializationException", "'maxResults' is no integer"),
        (
            "athena",
            "start_query_execution",
            {"QueryString": ""},
            "InvalidRequestException",
            "'queryString' .* length greater than or equal to 1",
        ),
    ],
)
def test_what_aws_refuses_for_its_shape(
    box: Sandbox, service: str, method: str, arguments: dict[str, Any], error: str, told: str
) -> None:
    """As other clients than botocore send it."""
    session = boto3.Session("sandbox", "sandbox", region_name=box.region)
    unchecked = Config(parameter_validation=False)
    client = session.client(service, endpoint_url=box.endpoint, config=unchecked)  # type: ignore[call-overload]
    with pytest.raises(ClientError, match=told) as refused:
        getattr(client, method)(**arguments)
    assert code(refused) == error


def test_a_table_keeps_its_versions(clients: Clients, database: str) -> None:
    glue = clients("glue")
    create_table(glue, database, "t", [], [])
    glue.update_table(DatabaseName=database, TableInput={"Name": "t", "Description": "new"})
    versions = glue.get_table_versions(DatabaseName=database, TableName="t")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["1", "0"]


# S3, STS and what is not there


def test_the_identity_is_a_power_users(clients: Clients) -> None:
    identity = clients("sts").get_caller_identity()
    assert identity["Account"] == "111122223333"
    assert ":assumed-role/AWSReservedSSO_AWSPowerUserAccess_" in identity["Arn"]


def test_s3_times_are_whole_seconds(clients: Clients) -> None:
    """As on AWS, in listings and heads alike."""
    s3, key = clients("s3"), f"{unique('time')}/ä b+c=1.txt"
    s3.put_object(Bucket=SCRIPTS, Key=key, Body=b"x")
    listed = s3.list_objects_v2(Bucket=SCRIPTS, Prefix=key)["Contents"][0]
    head = s3.head_object(Bucket=SCRIPTS, Key=key)
    assert listed["Key"] == key
    assert listed["LastModified"] == head["LastModified"]
    assert listed["LastModified"].microsecond == 0


def without_owners(page: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from call to call."""
    contents = [{k: v for k, v in each.items() if k != "Owner"} for each in page.get("Contents", [])]
    told = {
        k: v
        for k, v in page.items()
        if k not in ("ResponseMetadata", "NextContinuationToken", "ContinuationToken")
    }
    return told | {"Contents": contents, "more": bool(page.get("NextContinuationToken"))}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"MaxKeys": 2},
        {"MaxKeys": 2, "StartAfter": "b"},
        {"StartAfter": "z"},
        {"Prefix": "folder & more/", "EncodingType": "url"},
        {"Prefix": "none"},
        {"MaxKeys": 0},
    ],
)
def test_plain_listings_are_as_moto_has_them(clients: Clients, given: dict[str, Any]) -> None:
    """All their pages; a listing with owners is moto's own."""
    s3, bucket = clients("s3"), unique("listing")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    for key in ("a", "b", "folder & more/ä <1>", "folder & more/é=2", "z"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    s3.put_object(Bucket=bucket, Key="y", Body=b"", ChecksumAlgorithm="SHA256")
    token: dict[str, str] = {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, **given, **token)
        of_moto = s3.list_objects_v2(Bucket=bucket, FetchOwner=True, **given, **token)
        assert all("Owner" in each for each in of_moto.get("Contents", []))
        assert without_owners(page) == without_owners(of_moto)
        if not page.get("NextContinuationToken"):
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}


def test_a_bucket_that_is_not_there_cannot_be_listed(clients: Clients) -> None:
    s3 = clients("s3")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket=unique("nowhere"))


def test_of_conditional_writes_at_once_one_wins(clients: Clients) -> None:
    """Amazon S3 user guide, "Conditional writes"."""
    s3, together = clients("s3"), Barrier(6)

    def wins(key: str) -> bool:
        together.wait()
        try:
            s3.put_object(Bucket=SCRIPTS, Key=key, Body=b"x", IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        for _ in range(100):
            assert sum(pool.map(wins, [unique("lock")] * 6)) == 1


def test_objects_large_and_small(clients: Clients) -> None:
    s3, key = clients("s3"), unique("large")
    body = bytes(range(256)) * 50_000
    s3.put_object(Bucket=SCRIPTS, Key=key, Body=body)
    assert s3.get_object(Bucket=SCRIPTS, Key=key)["Body"].read() == body
    assert s3.get_object(Bucket=SCRIPTS, Key=key, Range="bytes=-4")["Body"].read() == body[-4:]
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=SCRIPTS, Key=f"{key}-not")


# -- triggers


def test_a_trigger_is_off_until_it_is_started(clients: Clients) -> None:
    glue, name = clients("glue"), unique("trigger")
    action = {"JobName": name, "Arguments": {"--resource": "wards"}}
    given = {"Name": name, "Type": "SCHEDULED", "Schedule": "cron(0 2 * * ? *)", "Actions": [action]}
    glue.create_trigger(**given, Tags={"Department": "Planning"})
    states = [glue.get_trigger(Name=name)["Trigger"]["State"]]
    for change in (glue.start_trigger, glue.stop_trigger):
        change(Name=name)
        states.append(glue.get_trigger(Name=name)["Trigger"]["State"])
    assert states == ["CREATED", "ACTIVATED", "DEACTIVATED"]
    assert glue.get_trigger(Name=name)["Trigger"] == {**given, "State": "DEACTIVATED"}
    later = {"Schedule": "cron(0 3 * * ? *)", "Actions": [action]}
    assert glue.update_trigger(Name=name, TriggerUpdate=later)["Trigger"]["Schedule"] == later["Schedule"]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_trigger(**given)
    glue.delete_trigger(Name=name)
    glue.delete_trigger(Name=name)  # "no exception is thrown"
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_trigger(Name=name)


def test_triggers_are_found_by_the_job_that_they_start(clients: Clients) -> None:
    glue, job = clients("glue"), unique("job")
    names = [unique("trigger") for _ in range(2)]
    for name, on in zip(names, (True, False), strict=True):
        condition = {"LogicalOperator": "EQUALS", "CrawlerName": "x", "CrawlState": "SUCCEEDED"}
        glue.create_trigger(
            Name=name,
            Type="CONDITIONAL",
            StartOnCreation=on,
            Actions=[{"JobName": job}],
            Predicate={"Conditions": [condition]},
        )
    found = glue.get_triggers(DependentJobName=job)["Triggers"]
    assert {each["Name"]: each["State"] for each in found} == dict(
        zip(names, ("ACTIVATED", "CREATED"), strict=True)
    )
    assert glue.list_triggers(DependentJobName=job)["TriggerNames"] == names
    asked = glue.batch_get_triggers(TriggerNames=[names[0], "nowhere"])
    assert [each["Name"] for each in asked["Triggers"]] == names[:1]
    assert asked["TriggersNotFound"] == ["nowhere"]
    pages = [
        page["Triggers"]
        for page in glue.get_paginator("get_triggers").paginate(PaginationConfig={"PageSize": 1})
    ]
    assert set(names) <= {each["Name"] for page in pages for each in page}
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_triggers(DependentJobName="nothing starts me")


def test_the_samples_triggers_are_deployed_and_off(clients: Clients) -> None:
    found = clients("glue").get_triggers(DependentJobName="stg tascomi_api_ingestion_planning")["Triggers"]
    tables = {each["Actions"][0]["Arguments"]["--resource"]: each for each in found}
    assert set(tables) == {resource.name for resource in deployed()}
    assert tables["wards"]["Schedule"] == "cron(0 22 ? * SUN *)"
    assert {each["State"] for each in found} == {"CREATED"}


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("glue", "get_workflow", {"Name": "x"}),
        ("athena", "list_named_queries", {}),
        ("sqs", "list_queues", {}),
    ],
)
def test_what_is_not_implemented_says_so(
    box: Sandbox, service: str, method: str, arguments: dict[str, Any]
) -> None:
    session = boto3.Session("sandbox", "sandbox", region_name=box.region)
    client = session.client(service, endpoint_url=box.endpoint)  # type: ignore[call-overload]
    with pytest.raises(ClientError) as error:
        getattr(client, method)(**arguments)
    assert code(error) == "UnknownOperationException"


def test_a_poll_is_cheap(clients: Clients) -> None:
    glue = clients("glue")
    glue.get_job(JobName=INGESTION)
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        glue.get_job(JobName=INGESTION)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.05  # whatever else the machine does


# Athena's protocol (the engine has its own tests)


def test_workgroups(clients: Clients) -> None:
    athena = clients("athena")
    configuration = athena.get_work_group(WorkGroup="planning")["WorkGroup"]["Configuration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    with pytest.raises(athena.exceptions.InvalidRequestException, match="WorkGroup is not found"):
        athena.get_work_group(WorkGroup="plannning")
    with pytest.raises(athena.exceptions.InvalidRequestException, match="No output location"):
        athena.start_query_execution(QueryString="SELECT 1", WorkGroup="primary")


def test_the_catalog_as_athena_tells_it(clients: Clients, database: str) -> None:
    athena = clients("athena")
    create_table(clients("glue"), database, "t", ["d"], [])
    names = {"CatalogName": "AwsDataCatalog", "DatabaseName": database}
    table = athena.get_table_metadata(TableName="t", **names)["TableMetadata"]
    assert table["Columns"] == [{"Name": "id", "Type": "int"}]
    assert table["PartitionKeys"] == [{"Name": "d", "Type": "string"}]
    assert [t["Name"] for t in athena.list_table_metadata(**names)["TableMetadataList"]] == ["t"]
    with pytest.raises(athena.exceptions.MetadataException):
        athena.get_table_metadata(TableName="none", **names)
    listed = athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert RAW_DATABASE in [entry["Name"] for entry in listed]


# moto


def test_moto_has_what_the_endpoint_uses() -> None:
    """`sandbox.endpoint.moto_services` knows these names; moto is pinned."""
    from moto.moto_server.werkzeug_app import create_backend_app
    from moto.s3.models import S3Backend

    assert list(inspect.signature(create_backend_app).parameters) == ["service"]
    assert list(inspect.signature(S3Backend.put_object).parameters)[:4] == [
        "self",
        "bucket_name",
        "key_name",
        "value",
    ]
    assert S3Backend("eu-west-2", "111122223333")._pagination_tokens == {}


def test_the_web_says_nothing_of_frameworks(box: Sandbox) -> None:
    with urllib.request.urlopen(f"{box.endpoint}/_sandbox/calls", timeout=5) as answer:
        assert answer.headers["Content-Type"] == "application/json"


# -- CloudWatch Logs


def test_log_events_of_streams_by_the_start_of_their_names(clients: Clients) -> None:
    logs = clients("logs")
    group = {"logGroupName": "by-prefix"}
    logs.create_log_group(**group)
    now = int(time.time() * 1000)
    names = [*(f"jr_1-{number}" for number in range(60)), "jr_11-driver"]  # more than a page of streams
    for name in names:
        logs.create_log_stream(**group, logStreamName=name)
        logs.put_log_events(**group, logStreamName=name, logEvents=[{"timestamp": now, "message": name}])
    found = logs.filter_log_events(**group, logStreamNamePrefix="jr_1-")
    assert sorted(event["message"] for event in found["events"]) == sorted(names[:-1])
    assert logs.filter_log_events(**group, logStreamNamePrefix="jr_2")["events"] == []
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(**group, logStreamNamePrefix="jr_1-", logStreamNames=["jr_1-1"])
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="no-group", logStreamNamePrefix="jr_1-")


def test_pages_of_log_events(clients: Clients) -> None:
    """Codes and words are those of LocalStack's snapshots of AWS."""
    logs, group = clients("logs"), {"logGroupName": "pages"}
    logs.create_log_group(**group)
    logs.create_log_stream(**group, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + number, "message": str(number)} for number in range(3)]
    logs.put_log_events(**group, logStreamName="s", logEvents=events)
    first = logs.filter_log_events(**group, limit=2)
    rest = logs.filter_log_events(**group, nextToken=first["nextToken"])
    assert [each["message"] for page in (first, rest) for each in page["events"]] == ["0", "1", "2"]
    for more in ({}, {"logStreamNamePrefix": "s"}):
        with pytest.raises(logs.exceptions.InvalidParameterException, match="specified nextToken is invalid"):
            logs.filter_log_events(**group, **more, nextToken="nonsense")
    told = "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
    with pytest.raises(logs.exceptions.InvalidParameterException, match=told):
        logs.filter_log_events(**group, limit=10001)


@pytest.mark.parametrize("more", [{}, {"Delimiter": "/"}])
def test_a_listing_by_a_token_that_nobody_has_given(clients: Clients, more: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="The continuation token provided is incorrect") as refused:
        clients("s3").list_objects_v2(Bucket=SCRIPTS, ContinuationToken="nonsense", **more)
    assert code(refused) == "InvalidArgument"


# -- What foreign clients ask for (tests/clients plays them)


def test_jobs_and_crawlers_by_their_tags(clients: Clients) -> None:
    glue, name = clients("glue"), unique("tagged")
    tags = {"owner": name, "stage": "parse"}
    glue.create_job(Name=name, Role=ROLE, Command=COMMAND, Tags=tags)
    glue.create_crawler(Name=name, Role=ROLE, DatabaseName="d", Targets={"S3Targets": []}, Tags=tags)
    assert glue.list_jobs(Tags={"owner": name})["JobNames"] == [name]
    assert glue.list_crawlers(Tags=tags)["CrawlerNames"] == [name]
    assert glue.list_jobs(Tags={"owner": name, "stage": "recast"})["JobNames"] == []


def test_what_moto_would_answer_wrongly_is_refused_by_name(clients: Clients) -> None:
    s3, logs = clients("s3"), clients("logs")
    s3.put_object(Bucket=SCRIPTS, Key="a.csv", Body=b"id\n1\n")
    with pytest.raises(ClientError, match="does not implement SelectObjectContent"):
        s3.select_object_content(
            Bucket=SCRIPTS,
            Key="a.csv",
            Expression="SELECT * FROM s3object",
            ExpressionType="SQL",
            InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
            OutputSerialization={"CSV": {}},
        )
    with pytest.raises(ClientError, match="does not implement StartQuery") as refused:
        logs.start_query(logGroupName="pages", startTime=0, endTime=1, queryString="filter @message like /x/")
    assert code(refused) == "UnknownOperationException"


@pytest.mark.parametrize(
    ("service", "method", "error", "told"),
    [
        ("sts", "get_session_token", "InvalidAction", "GetSessionToken of AWS sts"),
        (
            "iam",
            "list_service_specific_credentials",
            "InvalidAction",
            "ListServiceSpecificCredentials of AWS iam",
        ),
        (
            "lambda",
            "list_functions",
            "UnknownOperationException",
            "GET /2015-03-31/functions of AWS lambda",
        ),
        ("glue", "list_workflows", "UnknownOperationException", "ListWorkflows of AWS glue"),
    ],
)
def test_what_is_not_there_is_refused_in_each_protocol(
    clients: Clients, service: str, method: str, error: str, told: str
) -> None:
    with pytest.raises(ClientError, match=f"The sandbox does not implement {told}") as refused:
        getattr(clients(service), method)()
    assert code(refused) == error


def test_all_that_is_wrong_is_told_at_once(box: Sandbox) -> None:
    session = boto3.Session("sandbox", "sandbox", region_name=box.region)
    athena = session.client("athena", endpoint_url=box.endpoint, config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as refused:
        athena.start_query_execution(QueryString="", WorkGroup="no group")
    assert refused.value.response["Error"]["Message"] == (
        "2 validation errors detected: Value '' at 'queryString' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1; Value 'no group' at 'workGroup' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [a-zA-Z0-9._-]{1,128}"
    )
