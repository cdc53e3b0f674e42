"""Small histories of a table: what the API showed on each day, and what the sample jobs made of it, with one fault.

Everything is played by the job scripts' own functions, in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from sandbox.past_runs import job_script

TABLE = "visits"
FIRST = date(2026, 11, 20)
TYPES = {"id": "integer", "visitors": "integer", "last_updated": "timestamp"}
CATALOG_TYPES = {"id": "int", "visitors": "int", "last_updated": "timestamp"}
PAGE = 2  # records
RUN_AT = time(2, 0, tzinfo=UTC)

Rows = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Update:
    """A record as it was saved on a day (0: the first)."""

    day: int
    id: int
    visitors: int
    note: str
    same_time: bool = False  # saved without a new last_updated, as a script of the vendor's does


@dataclass(frozen=True)
class Fault:
    """What a stage did wrong on a day."""

    stage: str
    day: int
    change: Callable[..., Any]


@dataclass
class History:
    """What is in the four tables in the end: partitions by yyyymmdd."""

    days: list[date]
    responses: dict[str, pa.Table] = field(default_factory=dict)
    parsed: dict[str, pa.Table] = field(default_factory=dict)
    increments: dict[str, pa.Table] = field(default_factory=dict)
    snapshots: dict[str, pa.Table] = field(default_factory=dict)
    told: dict[int, dict[str, str]] = field(
        default_factory=dict
    )  # what the API showed of each record in the end
    harmed: bool = False  # whether the fault changed anything


def play(updates: Iterable[Update], length: int, fault: Fault | None) -> History:
    """The jobs run on each day at 2 am, and see what was saved before."""
    history = History([FIRST + timedelta(days=number) for number in range(length)])
    for number, day in enumerate(history.days):
        faults = {fault.stage: fault.change} if fault and fault.day == number else {}
        _play_day(history, day, _shown(updates, number), faults)
    return history


def _shown(updates: Iterable[Update], today: int) -> list[dict[str, str]]:
    """The API's records on a day: of each the last that was saved before."""
    records: dict[int, dict[str, str]] = {}
    for update in sorted(updates, key=lambda each: each.day):
        if update.day >= today:
            continue
        saved = f"{FIRST + timedelta(days=update.day)} 10:00:0{update.id}"
        if update.same_time and update.id in records:
            saved = records[update.id]["last_updated"]
        records[update.id] = {
            "id": str(update.id),
            "visitors": str(update.visitors),
            "note": update.note,
            "last_updated": saved,
        }
    return list(records.values())


def _play_day(
    history: History, day: date, shown: list[dict[str, str]], faults: Mapping[str, Callable[..., Any]]
) -> None:
    helpers, parsing, recasting, snapshots = (
        job_script("helpers/helpers"),
        *(
            job_script(f"jobs/planning/tascomi_{name}")
            for name in ("parse_tables_increments", "recast_tables_increments", "create_daily_snapshot")
        ),
    )
    name = f"{day:%Y%m%d}"
    imported = helpers.partition_values(helpers.IMPORT_PARTITIONS, day)

    def through(stage: str, made: Any) -> Any:
        if stage not in faults or made is None:
            return made
        changed = faults[stage](made)
        history.harmed = history.harmed or changed != made
        return changed

    responses = _ingest(history, day, shown, through)
    news = None
    if responses:
        history.responses[name] = responses
    if parsed := responses and parsing.parse(
        responses, TABLE
    ):  # of pages that failed there is nothing to parse
        history.parsed[name] = through("parse", parsed)
        with suppress(
            ValueError
        ):  # the run dies of a column that the dictionary has and blank pages alone have not
            history.increments[name] = through("recast", recasting.recast(history.parsed[name], TYPES))
            news = through("snapshot reads", helpers.with_constants(history.increments[name], imported))
    last = history.snapshots[max(history.snapshots)] if history.snapshots else None
    made = (
        snapshots.update(last, news) if last and news else snapshots.latest_versions(news) if news else last
    )
    if made is not None:
        history.snapshots[name] = through("snapshot", made)


def _ingest(
    history: History, day: date, shown: list[dict[str, str]], through: Callable[[str, Any], Any]
) -> pa.Table | None:
    """All records at first, then those of the days since; a page that fails is a row without a record."""
    ingestion = job_script("jobs/planning/tascomi_api_ingestion")
    since = max(history.responses, default="")
    days = ingestion.days_to_ask_for(since, day, 30) if since else [""]
    rows = []
    for asked in days:
        found = [each for each in shown if each["last_updated"].startswith(asked)]
        for number, start in enumerate(range(0, len(found), PAGE), 1):
            records = found[start : start + PAGE]
            history.told |= {int(each["id"]): each for each in records}
            page = through("page", (200, json.dumps(records)))
            url = f"https://api/{TABLE}?page={number}" + (f"&last_updated={asked}" if asked else "")
            now = datetime.combine(day, RUN_AT)
            rows += ingestion.rows_of_page(TABLE, number, url, *page, now)
    return ingestion.to_table(TABLE, rows) if rows else None


def expected(history: History) -> dict[int, tuple[int, str, datetime]]:
    """What the last snapshot must hold: of each record the last that the API showed when it was asked."""
    return {
        number: (int(each["visitors"]), each["note"], datetime.fromisoformat(each["last_updated"]))
        for number, each in history.told.items()
    }


def is_as_expected(history: History) -> bool:
    if not history.snapshots:
        return not history.told
    rows = history.snapshots[max(history.snapshots)].to_pylist()
    found = {each["id"]: (each["visitors"], each["note"], each["last_updated"]) for each in rows}
    return len(found) == len(rows) and found == expected(history)
