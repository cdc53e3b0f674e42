"""What a run leaves: the verdict's files, Allure's descriptions, the last words on the console."""

from __future__ import annotations

from pathlib import Path

from acceptance.report import files, summary
from acceptance.verdict import Verdict
from harness import allure
from harness.console import Display


def publish(verdict: Verdict, folder: Path, display: Display) -> None:
    allure.describe(folder / "allure-results", verdict)
    page = files.publish(verdict, folder)
    summary.show(verdict, page, display.console)
