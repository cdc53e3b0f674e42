"""Runs a job's script as a Python process of its own, forked from a warm one; its output to CloudWatch Logs."""

import json
import os
import re
import selectors
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox import clock
from sandbox.job_runs import CannotRun, Ending, Place, RunRequest
from sandbox.joblogs import JobLogs
from sandbox.warm import RunProcess, WarmPython

Clients = Callable[[str], Any]

_TICK_SECONDS = 0.05  # how soon a stop or a time-out is noticed
_FLUSH_SECONDS = 0.25  # how often a run's output goes to the logs meanwhile
_ERROR_CHARACTERS = 2000
_JAVA_FRAMES = re.compile(r"\n\t(at|\.\.\.) .*")  # of Spark's errors, which Glue's ErrorMessage leaves out
_LOGGER = "logger.jsonl"


class PythonShell:
    """Runs `python script --key value …` in a folder of its own, with --extra-py-files on its path.

    `preparation` is the module that prepares scripts, see `sandbox.run_processes`.
    """

    def __init__(
        self,
        clients: Clients,
        environment: Mapping[str, str],
        minute_seconds: float,
        preparation: str = "sandbox.plain_scripts",
    ) -> None:
        self._clients, self._minute_seconds = clients, minute_seconds
        self._python = WarmPython(environment, preparation)

    def __call__(self, request: RunRequest, place: Place, environment: Mapping[str, str] = {}) -> Ending:
        """`environment`: what the script sees of one beside the runtime's."""
        bookmark = place.folder / "bookmark.json"
        if request.bookmarked:
            bookmark.write_text(request.bookmark)
        order = self._order(request, place.folder, bookmark)
        order["environment"].update(environment)
        (place.folder / "run.json").write_text(json.dumps(order))
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
        return _JAVA_FRAMES.sub("", error.read_text("utf-8"))[-_ERROR_CHARACTERS:]
    return f"Command failed with exit code {code}"
