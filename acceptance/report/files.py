"""The files that a run leaves: `verdict.json` first, then all that is drawn from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from acceptance.privacy.errors_in_words import explain
from acceptance.report import allure, history, junit, markdown, messages
from acceptance.report.page import drawing
from acceptance.rollback import text
from acceptance.verdict import file
from acceptance.verdict.model import Verdict

VERDICT, PAGE, SUMMARY, JUNIT = "verdict.json", "report.html", "summary.md", "junit/playbook.xml"
WAY_BACK = "rollback.md"
ALLURE, NEWEST = "allure-results", f"../{PAGE}"


def publish(verdict: Verdict, folder: Path) -> tuple[Verdict, Path | None]:
    """Write all outputs into the run's folder, `reports/<ticket>/<run>/`; returns the verdict as told, and the page.

    The page of the ticket's newest run is `reports/<ticket>/report.html` as well. What cannot be written is a problem
    of the run: the verdict with it is told by all the others, which are written anew.
    """
    if not verdict.history:
        verdict = history.remember(verdict, folder)
    with suppress(OSError):  # then no output can be written, and each says so
        folder.mkdir(parents=True, exist_ok=True)
    failed = _write(verdict, folder, _OUTPUTS)
    if failed:
        problems = [f"{name} could not be written: {explain(error)}" for name, error in failed.items()]
        verdict = replace(verdict, problems=(*verdict.problems, *problems))
        _write(verdict, folder, [name for name in _OUTPUTS if name not in failed])
    return verdict, None if PAGE in failed else folder / PAGE


def _write(verdict: Verdict, folder: Path, names: Iterable[str]) -> dict[str, Exception]:
    """Write each output by itself; returns those that could not be."""
    failed: dict[str, Exception] = {}
    for name in names:
        try:
            _OUTPUTS[name](verdict, folder)
        except Exception as error:  # noqa: BLE001  a full disk or a fault of one output must not take the others along
            failed[name] = error
    return failed


def _write_verdict(verdict: Verdict, folder: Path) -> None:
    with _whole(folder / VERDICT) as path:
        file.write(verdict, path)


def _write_page(verdict: Verdict, folder: Path) -> None:
    (folder / PAGE).unlink(missing_ok=True)  # should it fail, no earlier page stays to tell something else
    _write_text(folder / PAGE, drawing.render(verdict, up=drawing.UP))


def _write_newest(verdict: Verdict, folder: Path) -> None:
    """The ticket's page; removed where the newest run has none, so that nobody takes an earlier run's for it."""
    if not _is_newest(verdict, folder):
        return
    (folder.parent / PAGE).unlink(missing_ok=True)
    if (folder / PAGE).exists():
        _write_text(folder.parent / PAGE, drawing.one_folder_up((folder / PAGE).read_text("utf-8")))


def _is_newest(verdict: Verdict, folder: Path) -> bool:
    """Run ids begin with their time; a folder that is not named after its run lies somewhere else than `reports/`."""
    runs = (path.parent.name for path in folder.parent.glob(f"[0-9]*Z-*/{VERDICT}"))
    return folder.name == verdict.run_id == max(runs, default="")


def _write_way_back(verdict: Verdict, folder: Path) -> None:
    """Of a run that has drawn it: at night, a file is read more easily than a page."""
    if verdict.way_back:
        where = messages.ENVIRONMENTS.get(verdict.environment, verdict.environment)
        _write_text(folder / WAY_BACK, text.render(verdict.ticket, where, verdict.way_back))


def _write_junit(verdict: Verdict, folder: Path) -> None:
    (folder / JUNIT).parent.mkdir(parents=True, exist_ok=True)
    with _whole(folder / JUNIT) as path:
        junit.write(verdict, path)


def _write_text(path: Path, text: str) -> None:
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


_OUTPUTS: dict[str, Callable[[Verdict, Path], None]] = {
    VERDICT: _write_verdict,
    PAGE: _write_page,
    SUMMARY: lambda verdict, folder: _write_text(folder / SUMMARY, markdown.render(verdict)),
    WAY_BACK: _write_way_back,
    JUNIT: _write_junit,
    ALLURE: lambda verdict, folder: allure.write(verdict, folder / ALLURE),
    NEWEST: _write_newest,
}
