"""A pre-production account on loopback in which jobs run, crawlers crawl and queries execute; see README.md."""

from pathlib import Path

from sandbox.process import Pending, Sandbox, SandboxError, launch, start

__all__ = ["Pending", "Sandbox", "SandboxError", "launch", "sample_checkout", "start"]


def sample_checkout(folder: Path) -> Path:
    """Makes the sample Data Platform repository in the folder."""
    from sandbox import repository

    return repository.create(folder)
