"""Recorded pages are answered byte for byte, and asked for by the job that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.verdict.file import read as read_verdict
from acceptance.verdict.model import Outcome
from sandbox import clock
from sandbox.tascomi.api import TascomiApi
from sandbox.tascomi.recorded import Recordings
from tests import processes
from tests.playing import BROKEN, SOUND

RECORDS = [{"id": str(number), "last_updated": "2020-01-01 00:00:00"} for number in range(1, 121)]


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def api(tmp_path: Path) -> Iterator[TascomiApi]:
    pages: dict[str, str | bytes] = {
        "wards/1.json": json.dumps(RECORDS[:60]),
        "wards/2.500.json": "<h1>Oops</h1>",
        "wards/4.json": b"\xff no text",
        "wards/day-2/1.json": json.dumps(RECORDS[60:63]),
        "teams/1.json": "[]",
        "wards/readme.md": "",
        "wards/0.json": "",
        "wards/day-1/1.json": "",
    }
    api = TascomiApi("public", "private", recordings=Recordings.read(write(tmp_path, pages)))
    api.start()
    yield api
    api.stop()


def test_pages_are_answered_as_they_were(api: TascomiApi) -> None:
    first, second, third, fourth = (api.answer("wards", page, "") for page in (1, 2, 3, 4))
    assert (first.status, json.loads(first.body)) == (200, RECORDS[:60])
    assert (second.status, second.body) == (500, "<h1>Oops</h1>")
    assert third.status == 404
    assert fourth.body.encode("utf-8", "surrogateescape") == b"\xff no text"
    assert api.answer("teams", None, "").body == "[]"
    assert len(json.loads(api.answer("users", 1, "").body)) > 1, "a resource without a recording is as ever"


@pytest.mark.parametrize(("resource", "pages"), [("wards", 4), ("teams", 1)])
def test_who_counts_pages_counts_all_of_them(api: TascomiApi, resource: str, pages: int) -> None:
    answer = api.answer(resource, None, "")
    assert -(-answer.results // answer.per_page) == pages


def test_updates_come_on_their_day_to_who_asks_for_the_day_before(api: TascomiApi) -> None:
    today = str(clock.today())
    assert api.answer("wards", 1, today).status == 202
    clock.move_to(1)
    try:
        assert json.loads(api.answer("wards", 1, today).body) == RECORDS[60:63]
        assert api.answer("wards", 1, str(clock.today())).status == 202
        assert json.loads(api.answer("wards", 1, "").body) == RECORDS[:60]
    finally:
        clock.move_to(0)


def test_files_that_are_no_pages_are_told(api: TascomiApi) -> None:
    assert api.recordings.unread == ("wards/0.json", "wards/day-1/1.json", "wards/readme.md")


def test_a_recorded_answer_is_found_by_the_playbook(tmp_path: Path) -> None:
    odd: dict[str, str | bytes] = {
        f"{BROKEN}/1.json": json.dumps(RECORDS[:2]),
        f"{BROKEN}/2.json": "<html>",
        "x": "",
    }
    pages = write(tmp_path / "pages", odd)
    given = {
        "ticket": "DPP-426",
        "tables": f"{BROKEN},{SOUND}",
        "api_pages": pages,
        "reports": tmp_path / "reports",
    }
    words = [word for name, value in given.items() for word in ("-D", f"{name}={value}")]
    ended = processes.run("behave", "--tags=@section-1", *words)
    verdict = read_verdict(next((tmp_path / "reports").glob("*/*/verdict.json")))
    failed = {
        (s.step, s.table, s.finding.code)
        for s in verdict.scenarios
        if s.outcome is Outcome.FAILED and s.finding
    }
    assert failed == {("1.2.4", BROKEN, "pages-failed")}, ended.output
    assert verdict.undeployed == (f"x of {pages} is not read: it is named like no page",)
