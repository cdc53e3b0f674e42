"""Executes Glue job runs: fetches the script from S3, runs it, carries its output to CloudWatch Logs.

A plain AWS client of the endpoint. A runtime is picked by the job's command: Python-shell jobs run; a job for which
there is no runtime fails and says so.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

import json
import os
import selectors
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import clock
from sandbox.joblogs import JobLogs, Layout
from sandbox.warm import RunProcess, WarmPython

Clients = Callable[[str], Any]

_TICK_SECONDS = 0.05  # how soon a stop or a time-out is noticed
_FLUSH_SECONDS = 0.25  # how often a run's output goes to the logs meanwhile
_ERROR_CHARACTERS = 2000
_LOGGER = "logger.jsonl"


@dataclass(frozen=True)
class RunRequest:
    """`job` and `run` as GetJob and GetJobRun give them; `bookmark` is the JSON text that the last run left."""

    job: dict[str, Any]
    run: dict[str, Any]
    bookmark: str
    stop: threading.Event

    @property
    def arguments(self) -> dict[str, str]:
        """The job's defaults, over them the run's, over them what may not be overridden."""
        return {
            **self.job.get("DefaultArguments", {}),
            **self.run.get("Arguments", {}),
            **self.job.get("NonOverridableArguments", {}),
            "--JOB_NAME": self.job["Name"],
            "--JOB_RUN_ID": self.run["Id"],
        }

    @property
    def bookmarked(self) -> bool:
        return self.arguments.get("--job-bookmark-option") == "job-bookmark-enable"


@dataclass(frozen=True)
class Ending:
    """How a run ended: a final JobRunState, ErrorMessage, and the bookmark if the run has moved it."""

    state: str
    error: str | None = None
    bookmark: str | None = None


class CannotRun(Exception):
    """The run cannot begin: the message is its ErrorMessage."""


@dataclass(frozen=True)
class Place:
    """Where a run takes place: its folder, its logs, and whom to tell that it runs."""

    folder: Path
    logs: JobLogs
    on_running: Callable[[], None]


class JobRunner:
    """Runs job runs. `environment` is all that scripts see of one; runs' folders are made in `folder`;
    `minute_seconds` is how long a minute of a time-out lasts."""

    def __init__(
        self, clients: Clients, environment: Mapping[str, str], folder: Path, minute_seconds: float = 60.0
    ) -> None:
        self._clients, self._folder = clients, folder
        self._python_shell = PythonShell(clients, environment, minute_seconds)
        self._runtimes: dict[str, Callable[[RunRequest, Place], Ending]] = {"pythonshell": self._python_shell}

    def run(self, request: RunRequest, on_running: Callable[[], None]) -> Ending:
        """Blocks until the run has ended and its logs are complete."""
        layout = Layout.of(request.run["LogGroupName"], request.run["Id"], request.arguments)
        logs = JobLogs(self._clients("logs"), layout)
        try:
            logs.open()
            with tempfile.TemporaryDirectory(dir=self._folder, prefix="run-") as folder:
                ending = self._runtime(request)(request, Place(Path(folder), logs, on_running))
        except CannotRun as problem:
            logs.error(f"{problem}\n".encode())
            ending = Ending("FAILED", str(problem))
        except Exception as problem:  # noqa: BLE001 - whatever goes wrong, the run must be seen to fail
            ending = Ending("FAILED", f"{type(problem).__name__}: {problem}")
        logs.flush()
        return ending

    def warm_up(self) -> None:
        self._python_shell.warm_up()

    def stop(self) -> None:
        self._python_shell.stop()

    def _runtime(self, request: RunRequest) -> Callable[[RunRequest, Place], Ending]:
        name = request.job["Command"]["Name"]
        if name not in self._runtimes:
            raise CannotRun(
                f"The sandbox has no runtime for {name} jobs; it has {', '.join(self._runtimes)}."
            )
        return self._runtimes[name]


class PythonShell:
    """Runs `python script --key value …` in a folder of its own, with --extra-py-files on its path."""

    def __init__(self, clients: Clients, environment: Mapping[str, str], minute_seconds: float) -> None:
        self._clients, self._minute_seconds = clients, minute_seconds
        self._python = WarmPython(environment)

    def __call__(self, request: RunRequest, place: Place) -> Ending:
        bookmark = place.folder / "bookmark.json"
        if request.bookmarked:
            bookmark.write_text(request.bookmark)
        (place.folder / "run.json").write_text(json.dumps(self._order(request, place.folder, bookmark)))
        if request.stop.is_set():
            return Ending("STOPPED")
        place.logs.follow(place.folder / _LOGGER)
        process = self._python.start(place.folder)
        place.on_running()
        deadline = time.monotonic() + request.run["Timeout"] * self._minute_seconds
        state, code = watch(process, place.logs, request.stop, deadline)
        place.logs.flush()
        moved = bookmark.read_text() if request.bookmarked else request.bookmark
        error = _error_message(state, code, place.folder / "error.txt", request.run["Timeout"])
        return Ending(state, error, moved if moved != request.bookmark else None)

    def warm_up(self) -> None:
        self._python.warm_up()

    def stop(self) -> None:
        self._python.stop()

    def _order(self, request: RunRequest, folder: Path, bookmark: Path) -> dict[str, Any]:
        script = self._fetch(request.job["Command"]["ScriptLocation"], folder)
        extra = [
            part.strip() for part in request.arguments.get("--extra-py-files", "").split(",") if part.strip()
        ]
        modules = [self._fetch(address, folder) for address in extra]
        return {
            "script": str(script),
            "arguments": [word for name, value in request.arguments.items() for word in (name, value)],
            "path": [
                str(path) for path in modules if path.suffix != ".py"
            ],  # the folder itself is on the path
            "environment": {
                **clock.environment(),
                "SANDBOX_LOGGER": str(folder / _LOGGER),
                **({"SANDBOX_BOOKMARK": str(bookmark)} if request.bookmarked else {}),
            },
        }

    def _fetch(self, address: str, folder: Path) -> Path:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        s3 = self._clients("s3")
        path = folder / Path(key).name
        try:
            path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except s3.exceptions.ClientError as error:
            raise CannotRun(f"Cannot fetch {address}: {error}") from error
        return path


def watch(
    process: RunProcess, logs: JobLogs, stop: threading.Event, deadline: float
) -> tuple[str, int | None]:
    """Follows a run to its end, its output to the logs; gives the final state and the exit code (None: killed)."""
    with selectors.DefaultSelector() as pipes:
        pipes.register(process.output, selectors.EVENT_READ, logs.output)
        pipes.register(process.error, selectors.EVENT_READ, logs.error)
        pipes.register(process.status, selectors.EVENT_READ)
        state, code = _follow(process, pipes, logs, stop, deadline)
        process.kill()
        pipes.unregister(process.status)
        while pipes.get_map():  # the group is dead: what is left in the pipes ends
            _read(pipes, None)
    process.close()
    return state, code


def _follow(
    process: RunProcess, pipes: selectors.BaseSelector, logs: JobLogs, stop: threading.Event, deadline: float
) -> tuple[str, int | None]:
    flushed = time.monotonic()
    while True:
        if _read(pipes, _TICK_SECONDS):
            code = int(os.read(process.status, 32) or b"-9")
            return ("SUCCEEDED" if code == 0 else "FAILED"), code
        if stop.is_set():
            return "STOPPED", None
        if time.monotonic() >= deadline:
            return "TIMEOUT", None
        if time.monotonic() - flushed > _FLUSH_SECONDS:
            logs.flush(everything=False)
            flushed = time.monotonic()


def _read(pipes: selectors.BaseSelector, timeout: float | None) -> bool:
    """Passes on what the pipes hold; True when the exit code is there to read."""
    ended = False
    for key, _ in pipes.select(timeout):
        if key.data is None:
            ended = True
        elif data := os.read(key.fd, 65536):
            key.data(data)
        else:
            pipes.unregister(key.fd)
    return ended


def _error_message(state: str, code: int | None, error: Path, timeout: int) -> str | None:
    """ErrorMessage as Glue words it: the exception, the exit code, the time-out."""
    if state == "TIMEOUT":
        return f"Job run timed out after {timeout} minutes"
    if state != "FAILED":
        return None
    if error.exists():
        return error.read_text("utf-8")[-_ERROR_CHARACTERS:]
    return f"Command failed with exit code {code}"
