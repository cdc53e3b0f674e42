"""Executes Glue job runs: fetches the script from S3, runs it, carries its output to CloudWatch Logs.

A plain AWS client of the endpoint. A runtime is picked by the job's command: Python-shell jobs and Spark jobs run; a
job for which there is no runtime fails and says so.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.job_runs import CannotRun, Ending, Place, RunRequest
from sandbox.joblogs import JobLogs, Layout
from sandbox.python_shell import Clients, PythonShell
from sandbox.spark.runtime import GlueEtl

Runtime = PythonShell | GlueEtl


class JobRunner:
    """Runs job runs. `environment` is all that scripts see of one; runs' folders are made in `folder`;
    `minute_seconds` is how long a minute of a time-out lasts."""

    def __init__(
        self, clients: Clients, environment: Mapping[str, str], folder: Path, minute_seconds: float = 60.0
    ) -> None:
        self._clients, self._folder = clients, folder
        self._runtimes: dict[str, Runtime] = {
            "pythonshell": PythonShell(clients, environment, minute_seconds),
            "glueetl": GlueEtl(clients, environment, folder, minute_seconds),
        }

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

    def warm_up(self, command: str) -> None:
        """For jobs of the command: what takes long to start begins to, in the background."""
        self._runtimes[command].warm_up()

    def stop(self) -> None:
        for runtime in self._runtimes.values():
            runtime.stop()

    def _runtime(self, request: RunRequest) -> Runtime:
        name = request.job["Command"]["Name"]
        if name not in self._runtimes:
            raise CannotRun(
                f"The sandbox has no runtime for {name} jobs; it has {', '.join(self._runtimes)}."
            )
        return self._runtimes[name]
