"""The files that a run leaves: `verdict.json` first, then all that is drawn from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acceptance import verdict as verdicts
from acceptance.report import junit, markdown, page
from acceptance.verdict import Verdict

VERDICT, PAGE, SUMMARY, JUNIT = "verdict.json", "report.html", "summary.md", "junit/playbook.xml"


def publish(verdict: Verdict, folder: Path) -> Path:
    """Write all outputs into the run's folder, `reports/<ticket>/<run>/`; returns the page.

    The page of the ticket's newest run is `reports/<ticket>/report.html` as well.
    """
    (folder / JUNIT).parent.mkdir(parents=True, exist_ok=True)
    with _whole(folder / VERDICT) as path:
        verdicts.write(verdict, path)
    html = page.render(verdict)
    _write(folder / PAGE, html)
    _write(folder / SUMMARY, markdown.render(verdict))
    with _whole(folder / JUNIT) as path:
        junit.write(verdict, path)
    if _newest(folder, verdict):
        _write(folder.parent / PAGE, html)
    return folder / PAGE


def _newest(folder: Path, verdict: Verdict) -> bool:
    """Run ids begin with their time; a folder that is not named after its run lies somewhere else than `reports/`."""
    runs = (path.parent.name for path in folder.parent.glob(f"[0-9]*Z-*/{VERDICT}"))
    return folder.name == verdict.run_id == max(runs, default="")


def _write(path: Path, text: str) -> None:
    with _whole(path) as temporary:
        temporary.write_text(text, "utf-8")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write to; the file takes its name when it is complete, so that nobody ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
