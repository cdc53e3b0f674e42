"""What a run leaves: the verdict's files, and the last words on the console."""

from __future__ import annotations

from pathlib import Path

from acceptance.report import files, summary
from acceptance.verdict.model import Verdict
from harness.console import Display


def publish(verdict: Verdict, folder: Path, display: Display) -> Verdict:
    """Write and show the verdict; returns it as it was told: a file that cannot be written is a problem of the run."""
    told, page = files.publish(verdict, folder)
    summary.show(told, page, display.console)
    return told
