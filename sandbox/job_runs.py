"""What a job run is to a runtime: what is asked for, where it takes place, how it ends."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.joblogs import JobLogs


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
