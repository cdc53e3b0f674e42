"""Runs Spark jobs: the script as a Python process like a Python-shell job's, with a warm Java process to itself."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sandbox.job_runs import CannotRun, Ending, Place, RunRequest
from sandbox.python_shell import Clients, PythonShell
from sandbox.spark import installed
from sandbox.spark.jvm import Jvm, Jvms

_DRIVER = "sandbox.spark.driver"


class GlueEtl:
    """`environment` is all that scripts see of one."""

    def __init__(
        self, clients: Clients, environment: Mapping[str, str], folder: Path, minute_seconds: float
    ) -> None:
        self._python = PythonShell(clients, environment, minute_seconds, preparation=_DRIVER)
        self._jvms = Jvms(folder)

    def __call__(self, request: RunRequest, place: Place) -> Ending:
        """Waits for a Java process; the run is STARTING meanwhile."""
        try:
            spark = installed.spark()
        except installed.Missing as missing:
            raise CannotRun(str(missing)) from None
        place.logs.error(f"A rehearsal on Spark {spark.version}, that of Glue {spark.glue}.\n".encode())
        if mismatch := spark.mismatch(request.job.get("GlueVersion")):
            place.logs.error(f"{mismatch}\n".encode())
        with self._jvms.lease(request.stop) as jvm:
            if jvm is None:
                return Ending("STOPPED")
            ending = self._python(request, place, {**jvm.connection(), "SANDBOX_JVM": str(jvm.folder)})
            place.logs.error(jvm.said())
            return replace(ending, error=ending.error and _as_on_glue(ending.error, jvm))

    def warm_up(self) -> None:
        """Where something is missing, the job runs will say so."""
        with suppress(installed.Missing):
            self._jvms.warm_up()
            self._python.warm_up()

    def stop(self) -> None:
        self._python.stop()
        self._jvms.stop()


def _as_on_glue(error: str, jvm: Jvm) -> str:
    """Spark names files by where they are here: the same in S3."""
    return error.replace(f"file:{jvm.mirror}/", "s3://").replace(f"{jvm.mirror}/", "s3://")
