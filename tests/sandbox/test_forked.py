"""Most tests fork their sandboxes from a warm process (`tests.warm`): a fork must be as one started from nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

import sandbox
from sandbox.clients import Clients
from sandbox.deployment import SCRIPTS, Names, stages
from sandbox.process import Begin, Sandbox, begin
from tests import processes
from tests.sandbox.pipeline import run_job

BEGINNINGS: dict[str, Begin] = {"started": begin, "forked": processes.forked_sandbox}


@contextmanager
def boxes() -> Iterator[dict[str, Sandbox]]:
    """One of each kind, and a fork once more, when others have been forked before."""
    kinds = {**BEGINNINGS, "forked again": processes.forked_sandbox}
    pending = {kind: sandbox.launch(begin=beginning) for kind, beginning in kinds.items()}
    try:
        yield {kind: each.ready() for kind, each in pending.items()}
    finally:
        for each in pending.values():
            each.stop()


@pytest.fixture(scope="module")
def of_each_kind() -> Iterator[dict[str, Sandbox]]:
    with boxes() as found:
        yield found


pytestmark = pytest.mark.xdist_group("forked sandboxes")


def test_it_holds_the_same(of_each_kind: dict[str, Sandbox]) -> None:
    day = datetime.now(UTC).date()
    held = {kind: held_by(Clients(box.endpoint, box.region)) for kind, box in of_each_kind.items()}
    if datetime.now(UTC).date() != day:
        pytest.skip("midnight came between")
    assert held["started"]["objects"] and held["started"]["bookmarks"]
    for kind in ("forked", "forked again"):
        assert held[kind] == held["started"]


def held_by(clients: Callable[[str], Any]) -> dict[str, object]:
    """All that a sandbox begins with, but moments and random keys."""
    glue, s3, logs = clients("glue"), clients("s3"), clients("logs")
    buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    databases = [each["Name"] for each in glue.get_databases()["DatabaseList"]]
    tables = {(name, each["Name"]): each for name in databases for each in pages(glue, "get_tables", name)}
    jobs = [stage.job for stage in stages(Names())]
    return {
        "objects": [
            (bucket, each["Key"], each["ETag"])
            for bucket in buckets
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            for each in page.get("Contents", [])
        ],
        "tables": {name: without_moments(table) for name, table in tables.items()},
        "partitions": {
            (database, table): [
                without_moments(each) for each in pages(glue, "get_partitions", database, TableName=table)
            ]
            for database, table in tables
        },
        "jobs": [without_moments(each) for each in glue.get_jobs()["Jobs"]],
        "crawlers": [without_moments(each) for each in glue.get_crawlers()["Crawlers"]],
        "bookmarks": [
            glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]["JobBookmark"] for job in jobs[1:]
        ],
        "secrets": [each["Name"] for each in clients("secretsmanager").list_secrets()["SecretList"]],
        "log groups": [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]],
        "workgroup": clients("athena").get_work_group(WorkGroup="planning")["WorkGroup"]["Configuration"],
    }


def pages(glue: Any, action: str, database: str, **names: str) -> list[dict[str, Any]]:
    (kind,) = {"get_tables": ["TableList"], "get_partitions": ["Partitions"]}[action]
    found = glue.get_paginator(action).paginate(DatabaseName=database, **names)
    return [each for page in found for each in page[kind]]


def without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: without_moments(each)
            for name, each in value.items()
            if not isinstance(each, datetime) and name != "MessagePrefix"
        }
    return value


PROBE = """
import json, locale, logging, os, signal, sys, threading, time, boto3
FILES = os.listdir("/proc/self/fd")[:-1]
SIGNALS = ("SIGINT", "SIGTERM", "SIGCHLD", "SIGPIPE")
print(json.dumps({
    "arguments": sys.argv,
    "environment": dict(os.environ),
    "folder": [os.getcwd(), sorted(os.listdir("."))],
    "path": sys.path,
    "flags": [sys.flags.utf8_mode, sys.flags.optimize, sys.dont_write_bytecode, locale.getpreferredencoding()],
    "streams": [
        (each.fileno(), each.encoding, each.errors, each.line_buffering, each.write_through, type(each.buffer).__name__)
        for each in (sys.stdin, sys.stdout, sys.stderr)
    ],
    "files": sorted(os.readlink(f"/proc/self/fd/{each}").partition(":")[0] for each in FILES),
    "signals": {each: str(signal.getsignal(getattr(signal, each))) for each in SIGNALS},
    "threads": threading.active_count(),
    "leads its group": os.getpgid(0) == os.getpid(),
    "modules": sorted({name.partition(".")[0] for name in sys.modules} - {"tests"}),
    "zone": time.tzname,
    "loggers": sorted(logging.root.manager.loggerDict),
    "session": [boto3.DEFAULT_SESSION.region_name, boto3.client("s3").meta.endpoint_url],
}))
"""


def test_a_job_run_finds_the_same(of_each_kind: dict[str, Sandbox]) -> None:
    """Its environment, folder, path, streams, open files, handlers of signals, and which modules are there."""
    found = {kind: found_in_a_run(box) for kind, box in of_each_kind.items()}
    for kind in ("forked", "forked again"):
        assert found[kind] == found["started"]


def found_in_a_run(box: Sandbox) -> dict[str, Any]:
    clients = Clients(box.endpoint, box.region)
    clients("s3").put_object(Bucket=SCRIPTS, Key="tests/probe.py", Body=PROBE.encode())
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPTS}/tests/probe.py"}
    clients("glue").create_job(Name="probe", Role="r", Command=command)
    run = run_job(clients, "probe", {"--a": "1"})
    assert run.state == "SUCCEEDED", run
    log = run.log.replace(str(box.data_platform.parent), "ITS-FOLDER")
    log = re.sub(r"run-\w+|jr_\w+|127\.0\.0\.1:\d+", "ITS-OWN", log)
    found: dict[str, Any] = json.loads(log)
    return found


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_it_says_why_it_does_not_start(
    kind: str, of_each_kind: dict[str, Sandbox], capfd: pytest.CaptureFixture[str]
) -> None:
    taken = int(of_each_kind["started"].endpoint.rpartition(":")[2])
    pending = sandbox.launch(seed=False, port=taken, begin=BEGINNINGS[kind])
    with pytest.raises(sandbox.SandboxError, match="exit code 1"):
        pending.ready()
    assert "Address already in use" in capfd.readouterr().err
