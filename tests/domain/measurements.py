"""What the sample verdicts have measured: records on their way, columns, the work of AWS, earlier runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from acceptance.measurements.model import Activity, ColumnFinding, Point, Reason, RowChange, RowCount, Work
from acceptance.verdict.model import Change, Outcome, PastRun, State

STARTED = datetime(2026, 11, 23, 8, 15, 30, tzinfo=UTC)
STEPS = dict(zip(Point, ("1.2.4", "1.2.4", "2.3.4", "3.2.4", "4.3.4"), strict=True))


def counts(table: str, rows: Mapping[Point, int], pages: int = 7) -> Iterator[RowCount]:
    yield RowCount(table, Point.API, None, pages, STEPS[Point.API])
    for point, number in rows.items():
        yield RowCount(table, point, number, step=STEPS[point])


def whole(table: str, records: int = 312, kept: int = 2480) -> Iterator[RowCount]:
    """A table that came through."""
    ways = dict.fromkeys((Point.API_RESPONSE, Point.PARSED, Point.INCREMENT), records)
    return counts(table, {**ways, Point.SNAPSHOT: records + kept})


def merged(table: str, kept: int = 2480) -> RowChange:
    text = "rows of the last snapshot (20261122) that today's increment does not renew"
    return RowChange(table, Point.SNAPSHOT, Reason.MERGE, kept, text)


def columns(table: str, number: int = 12, **bad: ColumnFinding) -> Iterator[ColumnFinding]:
    """`bad`: other findings of some columns, by their names."""
    for place in range(number):
        name, kind = _column(place)
        found = ColumnFinding(
            table, name, kind, kind, kind, kind, *((0, 0) if kind != "string" else (None, None))
        )
        yield bad.get(name, found)


def _column(place: int) -> tuple[str, str]:
    first = [("id", "int"), ("enforcement_id", "int"), ("outcome_date", "timestamp"), ("notes", "string")]
    kinds = ("int", "timestamp", "string", "string", "boolean", "double")
    return first[place] if place < len(first) else (f"field_{place}", kinds[place % len(kinds)])


def activities(tables: Sequence[str], link: bool = True) -> Iterator[Activity]:
    """Those of a whole run in pre-production: each stage's job, then its crawl, then its queries."""
    clock, number = STARTED + timedelta(seconds=20), 0
    for section, job in enumerate(("ingestion", "parse_tables_increments", "recast", "daily_snapshot"), 1):
        run = "1.2.1" if section == 1 else f"{section}.3.1" if section != 3 else "3.2.1"
        for place in range(len(tables) if section == 1 else 1):
            number += 1
            yield Activity(
                Work.JOB_RUN,
                f"stg tascomi_{job}_planning-TEST-DPP-426",
                f"jr_{number:04x}07d4be1c",
                clock + timedelta(seconds=place // 10 * 60),
                41.0 + 3 * place if section == 1 else 185.0,
                run,
                "SUCCEEDED",
                dpus=0.0625 if section == 1 else 4.0,
                link=_link(link, f"gluestudio/home#/job/x/run/jr_{number:04x}07d4be1c"),
            )
        clock += timedelta(seconds=200)
        crawl, query = run[:-1] + "2", run[:-1] + "4"
        yield Activity(
            Work.CRAWL, f"tascomi-{job}", f"c0ffee{section:02x}-6a52", clock, 95.0, crawl, "SUCCEEDED", dpus=2.0
        )  # fmt: skip
        clock += timedelta(seconds=100)
        for table in tables:
            number += 1
            yield Activity(
                Work.QUERY,
                f"The checks' query of {table}",
                f"4f0c1c3e-{number:04x}",
                clock,
                2.4,
                query,
                "SUCCEEDED",
                bytes_scanned=118_000 * section,
                link=_link(link, f"athena/home#/query-editor/history/4f0c1c3e-{number:04x}"),
            )
        clock += timedelta(seconds=8)


def _link(wanted: bool, place: str) -> str:
    return f"https://eu-west-2.console.aws.amazon.com/{place}" if wanted else ""


def history(tables: Sequence[str]) -> tuple[PastRun, ...]:
    """A nightly run, then two of the ticket."""
    runs = (("OPS-1", State.PASSED), ("DPP-426", State.BLOCKED), ("DPP-426", State.FAILED))
    return tuple(_past(day, ticket, state, tables) for day, (ticket, state) in enumerate(runs))


def _past(day: int, ticket: str, state: State, tables: Sequence[str]) -> PastRun:
    outcome = Outcome.PASSED if state is State.PASSED else Outcome(state)
    rows = {Point.INCREMENT: 290 + 11 * day, Point.SNAPSHOT: 2100 + 290 * day}
    return PastRun(
        f"202611{20 + day:02}T021500Z-00a{day}",
        ticket,
        STARTED - timedelta(days=3 - day, hours=6),
        1380.0 + 40 * day,
        state,
        "5d319d4aa0",
        dict.fromkeys(tables, Outcome.PASSED) | {tables[0]: outcome},
        dict.fromkeys(tables, rows),
    )


def changes(table: str) -> tuple[Change, ...]:
    return (
        Change("3.2.4", table, Outcome.FAILED, Outcome.PASSED),
        Change("4.3.1", table, Outcome.BLOCKED, Outcome.PASSED),
    )
