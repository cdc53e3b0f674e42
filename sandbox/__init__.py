"""A pre-production account on loopback in which jobs run, crawlers crawl and queries execute; see README.md."""

from collections.abc import Sequence
from pathlib import Path

from sandbox.process import Pending, Sandbox, SandboxError, Unsuited, launch, start

__all__ = [
    "Pending",
    "Sandbox",
    "SandboxError",
    "Unsuited",
    "launch",
    "run_unit_tests",
    "sample_checkout",
    "start",
]


def sample_checkout(folder: Path, runtime: str = "light") -> Path:
    """Makes the sample Data Platform repository in the folder, with scripts for the runtime."""
    from sandbox import repository
    from sandbox.runtimes import RUNTIMES

    return repository.create(folder, scripts=RUNTIMES[runtime].scripts)


def run_unit_tests(folder: Path, commit: str, files: Sequence[str]) -> list[dict[str, str]]:
    """Runs a checkout's own unit tests: see `sandbox.unit_tests`."""
    from sandbox import unit_tests

    return unit_tests.run(folder, commit, files)
