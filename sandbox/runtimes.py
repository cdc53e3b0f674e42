"""Which kind of jobs is deployed: the one place where that is chosen.

Jobs differ in their definition, in the sample scripts, and in what a bookmark holds. Everything else follows from
the job's command, as on Glue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.spark import bookmarks

Contexts = dict[str, Any]

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Runtime:
    """`command` and `fields` are CreateJob's; `scripts` a folder over the sample repository's files; `bookmark` makes
    of what past runs have read (marks by context, seconds since 1970 now) what a job's bookmark holds."""

    name: str
    command: dict[str, str]
    fields: dict[str, Any]
    scripts: Path | None
    bookmark: Callable[[Contexts, float], Contexts]


RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        Runtime("light", {"Name": "pythonshell", "PythonVersion": "3.9"}, {}, None, lambda read, _: read),
        Runtime(
            "spark",
            {"Name": "glueetl", "PythonVersion": "3"},
            {"GlueVersion": "5.0", "WorkerType": "G.1X", "NumberOfWorkers": 2},
            _HERE / "spark_scripts",
            bookmarks.of_the_past,
        ),
    )
}
"""By the value of `-D runtime=`: Python-shell jobs that take milliseconds, or Spark jobs."""
LIGHT, SPARK = RUNTIMES["light"], RUNTIMES["spark"]
