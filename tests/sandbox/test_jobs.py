"""Job runs: scripts really run, with their arguments, bookmarks and time-outs, and their output is in the logs."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sandbox.deployment import SCRIPTS

Clients = Callable[[str], Any]
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
FINAL_SECONDS = 20.0


def create(clients: Clients, script: str, **fields: Any) -> str:
    """A Python-shell job that runs the text."""
    name = f"job {uuid4().hex[:8]}"
    clients("s3").put_object(Bucket=SCRIPTS, Key=f"tests/{name}.py", Body=script.encode())
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPTS}/tests/{name}.py"}
    clients("glue").create_job(**{"Name": name, "Role": "r", "Command": command, **fields})
    return name


def start(clients: Clients, job: str, **arguments: str) -> str:
    given = {f"--{name}": value for name, value in arguments.items()}
    return str(clients("glue").start_job_run(JobName=job, Arguments=given)["JobRunId"])


def wait(clients: Clients, job: str, run_id: str, states: tuple[str, ...] = ENDED) -> dict[str, Any]:
    deadline = time.monotonic() + FINAL_SECONDS
    while time.monotonic() < deadline:
        run: dict[str, Any] = clients("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]
        if run["JobRunState"] in states:
            return run
        time.sleep(0.01)
    raise AssertionError(f"{job} is {run['JobRunState']}")


def log(clients: Clients, run_id: str, kind: str = "output") -> list[str]:
    names = {"logGroupName": f"/aws-glue/jobs/{kind}", "logStreamName": run_id}
    return [
        event["message"] for event in clients("logs").get_log_events(startFromHead=True, **names)["events"]
    ]


LOGGING = (
    "from awsglue.context import GlueContext\nGlueContext().get_logger().warn('hello')\nprint('printed')"
)
CONTINUOUS = {"--enable-continuous-cloudwatch-log": "true"}


@pytest.mark.parametrize(
    ("arguments", "group", "stream", "line"),
    [
        (
            {},
            "/aws-glue/jobs/error",
            "{}",
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARN \[main\] glue.GlueLogger \(GlueLogger.scala:warn\(8\)\): hello",
        ),
        (
            CONTINUOUS,
            "/aws-glue/jobs/logs-v2",
            "{}-driver",
            r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d WARN GlueLogger: hello",
        ),
        (
            CONTINUOUS | {"--continuous-log-logGroup": "/own", "--continuous-log-logStreamPrefix": "a-"},
            "/own",
            "a-{}-driver",
            ".* WARN GlueLogger: hello",
        ),
        ({"--custom-logGroup-prefix": "/mine"}, "/mine/error", "{}", ".* WARN .*: hello"),
    ],
)
def test_what_a_script_says_to_glues_logger_goes_where_the_job_says(
    clients: Clients, arguments: dict[str, str], group: str, stream: str, line: str
) -> None:
    job = create(clients, LOGGING, DefaultArguments=arguments)
    run_id = start(clients, job)
    assert wait(clients, job, run_id)["JobRunState"] == "SUCCEEDED"
    names = {"logGroupName": group, "logStreamName": stream.format(run_id)}
    (event,) = clients("logs").get_log_events(**names)["events"]
    assert re.fullmatch(line, event["message"])
    output = f"{arguments.get('--custom-logGroup-prefix', '/aws-glue/jobs')}/output"
    (event,) = clients("logs").get_log_events(logGroupName=output, logStreamName=run_id)["events"]
    assert event["message"] == "printed"


def test_a_run_has_its_arguments_and_its_log(clients: Clients) -> None:
    script = (
        "import sys, json\nprint(json.dumps(sys.argv[1:]))\nprint('second')\nprint('oh', file=sys.stderr)"
    )
    job = create(
        clients,
        script,
        DefaultArguments={"--a": "1", "--b": "1", "--c": "1"},
        NonOverridableArguments={"--c": "3"},
        Timeout=7,
    )
    run_id = start(clients, job, b="2", c="2")
    run = wait(clients, job, run_id)
    first, second = log(clients, run_id)
    words = json.loads(first)
    told = dict(zip(words[::2], words[1::2], strict=True))
    assert told == {"--a": "1", "--b": "2", "--c": "3", "--JOB_NAME": job, "--JOB_RUN_ID": run_id}
    assert second == "second"
    assert log(clients, run_id, "error") == ["oh"]
    assert run["Arguments"] == {"--b": "2", "--c": "2"}  # as given to the run
    assert (run["Id"], run["JobName"], run["Timeout"]) == (run_id, job, 7)
    assert (run["LogGroupName"], run["MaxCapacity"]) == ("/aws-glue/jobs", 0.0625)
    assert run["StartedOn"] <= run["CompletedOn"]


def test_a_run_passes_through_its_states(clients: Clients) -> None:
    job = create(clients, "import time; time.sleep(0.2)")
    run_id = start(clients, job)
    seen = [clients("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"]]
    while seen[-1] not in ENDED:
        state = clients("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"]
        seen += [] if state == seen[-1] else [state]
    assert seen[-2:] == ["RUNNING", "SUCCEEDED"]
    assert set(seen) <= {"STARTING", "RUNNING", "SUCCEEDED"}


def test_a_run_begins_with_the_libraries_imported(clients: Clients) -> None:
    """It is forked from a warm process: a trivial run takes 0.05 s on an idle machine."""
    job = create(clients, "import sys\nassert {'boto3', 'pyarrow.parquet'} <= set(sys.modules)")
    assert wait(clients, job, start(clients, job))["JobRunState"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('No data found')", "ValueError: No data found"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("import sys\nsys.exit('gone')", "SystemExit: gone"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("import os\nos.kill(os.getpid(), 9)", "Command failed with exit code -9"),
    ],
)
def test_a_failure_tells_its_exception(clients: Clients, script: str, message: str) -> None:
    job = create(clients, script)
    run = wait(clients, job, start(clients, job))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].splitlines()[-1] == message


def test_a_traceback_is_in_the_error_log(clients: Clients) -> None:
    job = create(clients, "raise KeyError('x')")
    run_id = start(clients, job)
    wait(clients, job, run_id)
    lines = log(clients, run_id, "error")
    assert lines[0].startswith("Traceback")
    assert lines[-1] == "KeyError: 'x'"


FAILS_AT_FIRST = (
    "import sys\nif '_attempt_' not in sys.argv[sys.argv.index('--JOB_RUN_ID') + 1]: sys.exit('no')"
)


@pytest.mark.parametrize(
    ("script", "states"),
    [
        (FAILS_AT_FIRST, ["SUCCEEDED", "FAILED"]),
        ("raise SystemExit('never')", ["FAILED", "FAILED", "FAILED"]),
        ("print('well')", ["SUCCEEDED"]),
    ],
)
def test_a_failed_run_is_tried_again_as_a_run_of_its_own(
    clients: Clients, script: str, states: list[str]
) -> None:
    job = create(clients, script, MaxRetries=2)
    first = start(clients, job, a="1")
    ids = [f"{first}_attempt_{attempt}" if attempt else first for attempt in reversed(range(len(states)))]
    wait_for(lambda: [run["Id"] for run in clients("glue").get_job_runs(JobName=job)["JobRuns"]] == ids)
    wait(clients, job, ids[0])
    time.sleep(0.5)  # none follows
    runs = clients("glue").get_job_runs(JobName=job)["JobRuns"]
    assert [run["JobRunState"] for run in runs] == states
    assert [run["Id"] for run in runs] == ids
    assert [run["Attempt"] for run in runs] == [*reversed(range(len(states)))]
    assert [run.get("PreviousRunId") for run in runs] == [*ids[1:], None]
    assert {tuple(run["Arguments"].items()) for run in runs} == {(("--a", "1"),)}


def test_exit_zero_is_success(clients: Clients) -> None:
    job = create(clients, "import sys; print('No requests, exiting job'); sys.exit()")
    run_id = start(clients, job)
    assert wait(clients, job, run_id)["JobRunState"] == "SUCCEEDED"
    assert log(clients, run_id) == ["No requests, exiting job"]


def test_a_script_that_is_not_there(clients: Clients) -> None:
    job = create(clients, "")
    clients("s3").delete_object(Bucket=SCRIPTS, Key=f"tests/{job}.py")
    run = wait(clients, job, start(clients, job))
    assert (run["JobRunState"], "NoSuchKey" in run["ErrorMessage"]) == ("FAILED", True)


def test_a_runtime_that_is_not_there(clients: Clients) -> None:
    command = {"Name": "gluestreaming", "ScriptLocation": f"s3://{SCRIPTS}/x.py"}
    job = create(clients, "", Command=command, GlueVersion="5.0")
    run = wait(clients, job, start(clients, job))
    assert run["JobRunState"] == "FAILED"
    assert "no runtime for gluestreaming jobs" in run["ErrorMessage"]


def test_runs_beyond_the_limit_are_refused(clients: Clients) -> None:
    glue = clients("glue")
    job = create(clients, "import time; time.sleep(30)", ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [start(clients, job), start(clients, job)]
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        start(clients, job)
    answer = glue.batch_stop_job_run(JobName=job, JobRunIds=[*runs, "jr_none"])
    assert [stopped["JobRunId"] for stopped in answer["SuccessfulSubmissions"]] == runs
    assert [error["JobRunId"] for error in answer["Errors"]] == ["jr_none"]
    assert {wait(clients, job, run)["JobRunState"] for run in runs} == {"STOPPED"}
    again = glue.batch_stop_job_run(JobName=job, JobRunIds=runs[:1])
    assert again["Errors"][0]["ErrorDetail"]["ErrorCode"] == "JobRunInTerminalStateException"
    listed = glue.get_job_runs(JobName=job, MaxResults=1)
    assert [run["Id"] for run in listed["JobRuns"]] == runs[1:]  # newest first
    more = glue.get_job_runs(JobName=job, NextToken=listed["NextToken"])
    assert [run["Id"] for run in more["JobRuns"]] == runs[:1]


def test_an_account_has_a_limit_of_runs_too(fresh_clients: Clients) -> None:
    quotas, glue = fresh_clients("service-quotas"), fresh_clients("glue")
    assert quotas.list_service_quotas(ServiceCode="glue")["Quotas"] == []  # none of its own
    (default,) = quotas.list_aws_default_service_quotas(ServiceCode="glue")["Quotas"]
    assert default["QuotaName"] == "Max concurrent job runs per account"
    quotas.request_service_quota_increase(ServiceCode="glue", QuotaCode=default["QuotaCode"], DesiredValue=2)
    (own,) = quotas.list_service_quotas(ServiceCode="glue")["Quotas"]
    assert own == {**default, "Value": 2}
    jobs = [create(fresh_clients, "import time; time.sleep(30)") for _ in range(3)]
    runs = [start(fresh_clients, job) for job in jobs[:2]]
    with pytest.raises(glue.exceptions.ResourceNumberLimitExceededException):
        start(fresh_clients, jobs[2])
    glue.batch_stop_job_run(JobName=jobs[0], JobRunIds=runs[:1])
    wait(fresh_clients, jobs[0], runs[0], ("STOPPED",))
    start(fresh_clients, jobs[2])


def test_quotas_are_those_of_job_runs_alone(clients: Clients) -> None:
    quotas = clients("service-quotas")
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.list_aws_default_service_quotas(ServiceCode="athena")
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.request_service_quota_increase(ServiceCode="glue", QuotaCode="L-12345678", DesiredValue=2)


def test_stopping_ends_what_the_script_has_started(clients: Clients, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        "print('started', flush=True)\n"
        "time.sleep(60)\n"
    )
    job = create(clients, script)
    run_id = start(clients, job)
    wait_for(lambda: note.exists() and note.read_text() != "")
    clients("glue").batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert wait(clients, job, run_id)["JobRunState"] == "STOPPED"
    assert log(clients, run_id) == ["started"]
    wait_for(lambda: gone(int(note.read_text())))


def test_a_run_times_out(fresh_clients: Clients) -> None:
    job = create(fresh_clients, "print('on it', flush=True)\nimport time; time.sleep(60)", Timeout=2)
    run_id = start(fresh_clients, job)
    run = wait(fresh_clients, job, run_id)
    assert run["JobRunState"] == "TIMEOUT"
    assert log(fresh_clients, run_id) == ["on it"]


COUNTING = """
import json, os, pathlib
path = pathlib.Path(os.environ["SANDBOX_BOOKMARK"])
state = json.loads(path.read_text())
state["n"] = state.get("n", 0) + 1
path.write_text(json.dumps(state))
print(state["n"])
"""


def test_bookmarks(clients: Clients) -> None:
    glue = clients("glue")
    job = create(clients, COUNTING, DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_job_bookmark(JobName=job)
    for expected in ("1", "2"):
        run_id = start(clients, job)
        wait(clients, job, run_id)
        assert log(clients, run_id) == [expected]
    entry = glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (json.loads(entry["JobBookmark"]), entry["Run"], entry["RunId"]) == ({"n": 2}, 2, run_id)
    glue.reset_job_bookmark(JobName=job)
    run_id = start(clients, job)
    wait(clients, job, run_id)
    assert log(clients, run_id) == ["1"]


def test_no_bookmark_unless_enabled(clients: Clients) -> None:
    job = create(clients, "import os; print('SANDBOX_BOOKMARK' in os.environ)")
    run_id = start(clients, job, **{"job-bookmark-option": "job-bookmark-disable"})
    wait(clients, job, run_id)
    assert log(clients, run_id) == ["False"]


def test_a_run_sees_nothing_of_the_users_environment(clients: Clients) -> None:
    job = create(clients, "import os, json; print(json.dumps(sorted(os.environ)))")
    run_id = start(clients, job)
    wait(clients, job, run_id)
    names = set(json.loads(log(clients, run_id)[0]))
    assert {"AWS_ENDPOINT_URL", "TASCOMI_API_URL", "PYTHONPATH", "TZ"} <= names
    assert not {"USER", "SHELL", "PYTEST_CURRENT_TEST", "VIRTUAL_ENV"} & names


def test_runs_do_not_share_modules_or_folders(clients: Clients) -> None:
    script = "import os, sys, boto3\nboto3.left = getattr(boto3, 'left', 0) + 1\nprint(boto3.left, os.listdir('.'))"
    job = create(clients, script)
    for _ in range(2):
        run_id = start(clients, job)
        wait(clients, job, run_id)
        assert log(clients, run_id)[0].startswith("1 ")


def test_extra_modules(clients: Clients) -> None:
    clients("s3").put_object(Bucket=SCRIPTS, Key="tests/extra_module.py", Body=b"value = 42")
    script = "import extra_module; print(extra_module.value)"
    job = create(
        clients, script, DefaultArguments={"--extra-py-files": f"s3://{SCRIPTS}/tests/extra_module.py"}
    )
    run_id = start(clients, job)
    wait(clients, job, run_id)
    assert log(clients, run_id) == ["42"]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + FINAL_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"  # killed, and waiting for init
