"""The verdict is red exactly where the last snapshot is not what the API showed, or a stage lost something on the way.

Random histories of a table, with one fault or none; the checks' own SQL, on the sandbox's engine without its endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any, TypeVar

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from acceptance.checks import ingestion, parse, recast, snapshot
from acceptance.evidence import Evidence
from acceptance.findings import Failure
from acceptance.measurements.model import Measurements
from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries.ingestion import Ingestion
from acceptance.queries.parse import Parse
from acceptance.queries.past_pages import PastPagesQuery
from acceptance.queries.query import Query
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot
from sandbox.athena.engine import QueryEngine, Source
from sandbox.parquet import glue_type
from tests.faults import random_histories as histories
from tests.faults.random_histories import CATALOG_TYPES, TABLE, Fault, History, Update

RAW, REFINED = "raw", "refined"
T = TypeVar("T")


class InMemory(QueryEngine):
    """Athena over Arrow tables."""

    def __init__(self) -> None:
        super().__init__(lambda service: None)
        self.tables: dict[tuple[str, str], pa.Table] = {}

    def _source(self, node: Any, database: str, name: str) -> Source:
        rows = self.tables[database, name]
        return Source({column.name: glue_type(column.type) for column in rows.schema}, rows=rows)

    def ask(self, query: Query[T]) -> T:
        rows: list[dict[str, Any]] = []
        for sql in query.queries():
            found = self.run(self.read(sql), RAW)
            for row in found.rows:
                cells = zip(found.columns, row, strict=True)
                rows.append({column.name: _value(column.told_type, cell) for column, cell in cells})
        return query.read(rows)


def _value(kind: str, cell: str | None) -> Any:
    return int(cell) if cell is not None and kind in ("bigint", "integer") else cell


@pytest.fixture(scope="module")
def engine() -> Iterator[InMemory]:
    engine = InMemory()
    yield engine
    engine.close()


# -- histories


def changed(column: str, value: Any, *, all_rows: bool = False) -> histories.Rows:
    """Another value in the first row, or in all."""

    def change(rows: pa.Table) -> pa.Table:
        cells = rows[column].to_pylist()
        cells = (
            [value(cell) for cell in cells] if all_rows else [value(cells[0]), *cells[1:]] if cells else []
        )
        return rows.set_column(rows.column_names.index(column), column, pa.array(cells, rows[column].type))

    return change


def rows_less(rows: pa.Table) -> pa.Table:
    return rows.slice(1)


def rows_twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows, rows])


CHANGES: dict[str, dict[str, Any]] = {
    "page": {"fails": lambda page: (500, "no"), "is blank": lambda page: (200, "")},
    "parse": {
        "loses a row": rows_less,
        "doubles rows": rows_twice,
        "loses ids": changed("id", lambda cell: None),
        "changes a text": changed("note", lambda cell: f"{cell}!"),
    },
    "recast": {
        "loses a row": rows_less,
        "doubles rows": rows_twice,
        "loses a value": changed("visitors", lambda cell: None),
        "changes a value": changed("visitors", lambda cell: cell + 1),
    },
    "snapshot reads": {"nothing": lambda rows: None, "a row less": rows_less},
    "snapshot": {
        "loses a row": rows_less,
        "doubles rows": rows_twice,
        "changes a value": changed("visitors", lambda cell: cell + 1),
        "changes an id": changed("id", lambda cell: cell + 100),
    },
}
updates = st.builds(
    Update,
    day=st.integers(0, 3),
    id=st.integers(1, 5),
    visitors=st.integers(0, 9),
    note=st.sampled_from(["", "a", "b", "ü"]),
    same_time=st.booleans(),
)


@st.composite
def faults(draw: st.DrawFn, length: int) -> Fault | None:
    stage = draw(st.sampled_from(["none", *CHANGES]))
    if stage == "none":
        return None
    name = draw(st.sampled_from(sorted(CHANGES[stage])))
    day = draw(st.integers(0, length - 1))
    note(f"on day {day} the {stage} {name}")
    return Fault(stage, day, CHANGES[stage][name])


# -- the verdict


def findings(engine: InMemory, history: History) -> list[str]:
    """Codes of all that the checks find, as on the history's last day."""
    today = history.days[-1]
    name = f"{today:%Y%m%d}"
    _register(engine, history)
    days = sorted(history.responses)
    run = _Bystander(history)
    found = _Findings()
    past = engine.ask(PastPagesQuery(RAW, TABLE, days))
    found.add(ingestion.no_page_is_lost_of_earlier_days, run, TABLE, past, name)
    _judge_stages(engine, run, list(map(date.fromisoformat, days)), found)
    if name in history.increments:
        responses = engine.ask(Ingestion(RAW, TABLE, today))
        found.add(ingestion.records_are_json, run, INGESTION, TABLE, responses)
        found.add(ingestion.records_are_there_once, run, INGESTION, TABLE, responses)
    _judge_snapshot(engine, history, run, found)
    return found.codes


class _Findings:
    def __init__(self) -> None:
        self.codes: list[str] = []

    def add(self, check: Any, *given: Any) -> None:
        """What asks for more has found something: only a check that fails wants to know which rows."""
        try:
            check(*given)
        except Failure as failure:
            self.codes.append(failure.finding.code)
        except _AsksForMore:
            self.codes.append(check.__name__)


class _AsksForMore(Exception):
    pass


class _Bystander:
    """What checks are given as a run: one that has found something asks it for more."""

    def __init__(self, history: History) -> None:
        self.day_of = lambda stage, table: history.days[-1]
        self.measurements = Measurements()
        self.lost_pages = SimpleNamespace(of=lambda table: [], forget=lambda table, day: None)

    def note(self, text: str) -> None:
        pass

    def record(self, *evidence: Evidence) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        raise _AsksForMore(name)


def _judge_stages(engine: InMemory, run: Any, days: list[date], found: _Findings) -> None:
    columns = [column.name for column in engine.tables[RAW, TABLE].schema]
    columns = [column for column in columns if column not in PARSE.partition_keys]
    for parsed in engine.ask(Parse(RAW, TABLE, days, columns)):
        for check in parse.CHECKS:
            found.add(check, run, TABLE, parsed)
    for increments in engine.ask(Recast(REFINED, RAW, TABLE, days, CATALOG_TYPES, ["note"])):
        for cast in recast.CHECKS:
            found.add(cast, run, TABLE, increments)


def _judge_snapshot(engine: InMemory, history: History, run: Any, found: _Findings) -> None:
    days = sorted(history.snapshots)
    if not days:
        found.codes += ["no-snapshot"] * bool(history.told)
        return
    columns = {"id": "int", "visitors": "int", "note": "string", "last_updated": "timestamp"}
    last = days[-2] if len(days) > 1 else ""
    query = Snapshot(REFINED, TABLE, history.days[-1], last, "", columns, columns)
    counts = engine.ask(query)
    found.add(snapshot.ids_are_unique, run, TABLE, counts)
    found.add(snapshot.increments_are_in, run, TABLE, counts)
    found.add(snapshot.nothing_is_lost, run, TABLE, counts, last)
    found.add(snapshot.nothing_is_altered, run, TABLE, counts)


def _register(engine: InMemory, history: History) -> None:
    for stage, database, partitions in (
        (INGESTION, RAW, history.responses),
        (PARSE, RAW, history.parsed),
        (RECAST, REFINED, history.increments),
        (SNAPSHOT, REFINED, history.snapshots),
    ):
        rows = [_partition(stage, day, rows) for day, rows in partitions.items()]
        if rows:
            name = (database, stage.catalog_table(TABLE))
            engine.tables[name] = pa.concat_tables(rows, promote_options="default")


def _partition(stage: Stage, day: str, rows: pa.Table) -> pa.Table:
    for key, value in zip(stage.partition_keys, stage.partition_values(date.fromisoformat(day)), strict=True):
        rows = rows.append_column(key, pa.array([value] * len(rows), pa.string()))
    return rows


@settings(
    phases=[Phase.generate],  # to shrink a history takes minutes, and small ones come first anyway
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_red_exactly_where_something_is_wrong(engine: InMemory, data: st.DataObject) -> None:
    length = data.draw(st.integers(2, 4))
    saved = data.draw(st.lists(updates, min_size=1, max_size=8))
    history = histories.play(saved, length, data.draw(faults(length)))
    if not history.responses:
        return
    codes = findings(engine, history)
    wrong = history.harmed or not histories.is_as_expected(history)
    assert bool(codes) is wrong, codes
