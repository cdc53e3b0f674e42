"""Runs unit tests of a checkout as pytest does, on the runtime of its jobs: plain Python, or Spark with its stand-ins.

They run on a copy of the commit's code, in a process of their own that sees neither the caller's environment nor any
network but this machine's. `unit_tests_plugin` reports what came of each.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from importlib import util
from pathlib import Path

from sandbox.process import SandboxError
from sandbox.rehearsal import runtime_of
from sandbox.runtimes import SPARK
from sandbox.spark import installed
from sandbox.spark.driver import LIBRARY
from sandbox.spark.jvm import Jvm
from sandbox.unit_tests_plugin import RESULTS

_SANDBOX = Path(__file__).resolve().parent
_LIGHT = _SANDBOX / "runtime"
_MODULES = ("", "scripts", "scripts/helpers")
"""Folders of the repository that its code imports from: `scripts.helpers.helpers`, `jobs.planning.…`, `helpers`."""
_MINUTES = 10
_TROUBLE = (3, 4)
"""Exit codes of pytest's own errors, and of those in how it is configured: no word of the tests.
https://docs.pytest.org/en/stable/reference/exit-codes.html"""


def run(folder: Path, commit: str, files: Sequence[str]) -> list[dict[str, str]]:
    """What came of each test of the files: `name`, `outcome` (passed, failed, skipped, broken), `said`, `needs`.

    Raises SandboxError where they cannot be run: a requirement is missing, or time is up.
    """
    if util.find_spec("pytest") is None:
        raise SandboxError(f"unit tests need pytest, which is not installed. Run: {installed.COMMAND}")
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="unit-tests-")))
        _unpack(folder, commit, place / "code")
        (place / "sandbox-code").mkdir()
        (place / "sandbox-code" / "sandbox").symlink_to(_SANDBOX)  # and nothing else of the project's
        (place / "home").mkdir()
        environment = _environment(place)
        if any(runtime_of(code) is SPARK for code in _python(place / "code")):
            environment |= _spark(place, stack)
        return _pytest(place, files, environment)


def _unpack(folder: Path, commit: str, place: Path) -> None:
    command = ["git", "-C", str(folder), "archive", "--format=zip", commit]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        archive.extractall(place)


def _python(code: Path) -> list[str]:
    return [path.read_text("utf-8", "replace") for path in (code / "scripts").rglob("*.py")]


def _environment(place: Path, library: Path = _LIGHT) -> dict[str, str]:
    code = [str(place / "code" / folder) for folder in _MODULES]
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(place / "home"),
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([*code, str(library), str(place / "sandbox-code")]),
        RESULTS: str(place / "results.jsonl"),
        "TASCOMI_API_URL": "http://127.0.0.1:9",  # nothing listens there
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _spark(place: Path, stack: ExitStack) -> dict[str, str]:
    """A Java process as the jobs have one."""
    try:
        jvm = Jvm(installed.spark(), place / "jvm")
    except installed.Missing as missing:
        raise SandboxError(str(missing)) from None
    stack.callback(jvm.stop)
    jvm.clear()
    return {**_environment(place, LIBRARY), **jvm.connection(), "SANDBOX_JVM": str(jvm.folder)}


def _pytest(place: Path, files: Sequence[str], environment: Mapping[str, str]) -> list[dict[str, str]]:
    options = ["-q", "-p", "no:cacheprovider", "-p", "sandbox.unit_tests_plugin"]
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, f"--rootdir={place / 'code'}", *files],
            cwd=place / "code",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(60 * _MINUTES)
        except subprocess.TimeoutExpired:
            raise SandboxError(f"the unit tests had not ended after {_MINUTES} minutes") from None
        finally:
            _kill(process)
    if process.returncode in _TROUBLE:
        raise SandboxError(f"the unit tests cannot be run: {_last_line(place / 'said')}")
    reported = map(json.loads, (place / "results.jsonl").read_text("utf-8").splitlines())
    return list({each["name"]: each for each in reported}.values())  # of a test's phases, the last told


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The group, with what the tests have left running."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(said: Path) -> str:
    lines = said.read_text("utf-8", "replace").splitlines()
    return next((line for line in reversed(lines) if line.strip()), "pytest says nothing")
