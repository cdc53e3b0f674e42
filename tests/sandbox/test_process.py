"""A sandbox as a process: several at once, gone without a trace, whatever becomes of its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox.clients import Clients
from sandbox.deployment import SCRIPTS
from sandbox.process import Begin, Sandbox, SandboxError, begin
from tests.processes import forked_sandbox
from tests.sandbox.lake import Lake

PROJECT = Path(__file__).parents[2]
LONG_RUN = b"import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"


def test_it_is_deployed(box: Sandbox, clients: Callable[[str], Any]) -> None:
    assert (box.region, box.account) == ("eu-west-2", "111122223333")
    assert (box.data_platform / "scripts" / "jobs" / "planning").is_dir()
    glue = clients("glue")
    ingestion = glue.get_job(JobName="stg tascomi_api_ingestion_planning")["Job"]
    assert ingestion["ExecutionProperty"] == {"MaxConcurrentRuns": 10}
    parse = glue.get_job(JobName="stg tascomi_parse_tables_increments_planning")["Job"]
    assert parse["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert parse["DefaultArguments"]["--job-bookmark-option"] == "job-bookmark-enable"
    assert "breach_types" in parse["DefaultArguments"]["--table_list"].split(",")
    arn = f"arn:aws:glue:eu-west-2:111122223333:job/{parse['Name']}"
    assert glue.get_tags(ResourceArn=arn)["Tags"]["PlatformDepartment"] == "planning"
    names = sorted(glue.list_crawlers()["CrawlerNames"])
    assert "tascomi-create-daily-snapshot-planning" in names


def test_what_is_deployed_is_main(box: Sandbox, clients: Callable[[str], Any]) -> None:
    name = "tascomi_parse_tables_increments.py"
    body = clients("s3").get_object(Bucket=SCRIPTS, Key=f"scripts/planning/{name}")["Body"].read()
    assert body == (box.data_platform / "scripts" / "jobs" / "planning" / name).read_bytes()


def test_two_at_once_and_a_checkout_of_the_callers(tmp_path: Path) -> None:
    checkout = sandbox.sample_checkout(tmp_path / "checkout")
    with (
        sandbox.start(seed=False) as one,
        sandbox.start(seed=False, data_platform=checkout) as other,
    ):
        assert other.data_platform == checkout
        assert one.endpoint != other.endpoint
        Clients(one.endpoint, one.region)("glue").create_database(DatabaseInput={"Name": "only-one"})
        databases = Clients(other.endpoint, other.region)("glue").get_databases()["DatabaseList"]
        assert "only-one" not in [database["Name"] for database in databases]
    assert checkout.is_dir()
    assert not one.data_platform.parent.exists()


def test_a_query_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine would spill has a folder of its own, which outlived a sandbox that had been asked anything."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with sandbox.start(seed=False) as box:
        lake = Lake(Clients(box.endpoint, box.region), "default")
        assert lake.rows("SELECT 1") == [["1"]]
        assert list(tmp_path.glob("sandbox-athena-*"))
    assert not list(tmp_path.glob("sandbox-*"))


def test_launch_returns_at_once() -> None:
    pending = sandbox.launch(seed=False)
    try:
        with pytest.raises(SandboxError, match="not ready in time"):
            pending.ready(timeout=0.01)
    finally:
        pending.stop()
    pending.stop()


def test_a_port_that_is_taken(box: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    pending = sandbox.launch(seed=False, port=int(box.endpoint.rpartition(":")[2]))
    with pytest.raises(SandboxError, match="exit code 1"):
        pending.ready()
    assert "Address already in use" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox", "--no-seed"]
    with started(command, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = ""
        while "ticket=DPP-426" not in told:
            line = process.stdout.readline()
            assert line, "it has ended"
            told += line
        assert "behave -D env=local -D endpoint=http://127.0.0.1:" in told
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
        assert (process.returncode, rest.strip(), errors) == (0, "", "")
    checkout = Path(told.partition("data_platform=")[2].split()[0])
    assert not checkout.parent.exists()


SIGNALLED = """
import os, random, signal
signal.SIGTERM = signal.SIGALRM  # the one that a timer can send at any microsecond
from sandbox.__main__ import _wait_for_the_end, _woken_by_signals
for _ in range(3000):
    wakes = _woken_by_signals()
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 60e-6))
    _wait_for_the_end(wakes, is_child=False)
    os.close(wakes)
    os.close(signal.set_wakeup_fd(-1))
"""


def test_a_signal_that_comes_as_the_wait_begins_ends_it() -> None:
    """Sent by a timer, at whatever place the wait has got to: one that is missed, or blocks the wait, hangs it."""
    done = subprocess.run([sys.executable, "-c", SIGNALLED], cwd=PROJECT, timeout=60)
    assert done.returncode == 0


@contextmanager
def started(command: list[str], stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A process that a test which fails does not leave behind: its pipes would be the next tests' failures."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdout=pipe, stderr=stderr, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


PARENT = """
import time
from {module} import launch
from sandbox.clients import Clients
pending = launch(seed=False)
box = pending.ready()
clients = Clients(box.endpoint, box.region)
clients("s3").put_object(Bucket="dataplatform-stg-glue-scripts", Key="long.py", Body={script!r})
command = {{"Name": "pythonshell", "ScriptLocation": "s3://dataplatform-stg-glue-scripts/long.py"}}
clients("glue").create_job(Name="long", Role="r", Command=command)
run = clients("glue").start_job_run(JobName="long")["JobRunId"]
logs = clients("logs")
while True:
    time.sleep(0.05)
    try:
        names = dict(logGroupName="/aws-glue/jobs/output", logStreamName=run)
        events = logs.get_log_events(**names)["events"]
    except logs.exceptions.ResourceNotFoundException:
        continue
    if events:
        break
print(box.endpoint, box.data_platform, events[0]["message"], flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("module", ["sandbox", "tests.sandboxes"])
def test_nothing_outlives_a_killed_parent(module: str) -> None:
    """Not the sandbox, nor a job run, nor a file."""
    with started([sys.executable, "-c", PARENT.format(module=module, script=LONG_RUN)]) as parent:
        assert parent.stdout is not None
        endpoint, checkout, pid = parent.stdout.readline().split()
        assert alive(int(pid))
    wait_for(lambda: not Path(checkout).parent.exists())
    wait_for(lambda: not alive(int(pid)))
    wait_for(lambda: not answers(endpoint))


@pytest.mark.parametrize("begin", [begin, forked_sandbox], ids=["started", "forked"])
def test_no_run_outlives_a_killed_sandbox(begin: Begin) -> None:
    pending = sandbox.launch(seed=False, begin=begin)
    box = pending.ready()
    clients = Clients(box.endpoint, box.region)
    clients("s3").put_object(Bucket=SCRIPTS, Key="long.py", Body=LONG_RUN)
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPTS}/long.py"}
    clients("glue").create_job(Name="long", Role="r", Command=command)
    run = clients("glue").start_job_run(JobName="long")["JobRunId"]
    names = {"logGroupName": "/aws-glue/jobs/output", "logStreamName": run}
    wait_for(
        lambda: clients("glue").get_job_run(JobName="long", RunId=run)["JobRun"]["JobRunState"] == "RUNNING"
    )
    wait_for(lambda: clients("logs").get_log_events(**names)["events"])
    pid = int(clients("logs").get_log_events(**names)["events"][0]["message"])
    sandbox_pid = pending._process.pid
    os.kill(sandbox_pid, signal.SIGKILL)
    pending.stop()
    wait_for(lambda: not alive(pid))
    remains = box.data_platform.parent
    assert remains.exists()  # nobody was left to remove it
    subprocess.run(["rm", "-r", str(remains)], check=True)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_sandbox/calls", timeout=1):
            return True
    except OSError:
        return False
