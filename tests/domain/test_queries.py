"""The suite's SQL for a table of 752 columns: what real Trino can compile, and what it need not do 752 times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlglot
from sqlglot import exp

from acceptance.pipeline import API_RESPONSE_COLUMNS, INGESTION, STAGES
from acceptance.queries import generation_sizes, ingestion, pairs, parse, parts
from acceptance.queries.recast import Recast
from acceptance.queries.snapshot import Snapshot

RAW, REFINED, TABLE, DAY = "raw-zone", "refined-zone", "applications", date(2026, 11, 27)
KEYS = {"id", "version", "page_number"}  # that rows are joined on

TYPED = {"id": "int", **{f"typed_{number}": "double" for number in range(100)}}
TEXTS = [f"text_{number}" for number in range(650)] + ["last_updated"]
COLUMNS = {**TYPED, **dict.fromkeys(TEXTS, "string")}

RECAST = Recast(REFINED, RAW, TABLE, DAY, TYPED, TEXTS)
SNAPSHOT = Snapshot(REFINED, TABLE, DAY, "20261126", COLUMNS, COLUMNS)

TEXTS_OF_THE_SUITE = {
    "ingestion": [ingestion.query(RAW, TABLE, DAY)],
    "failed pages": [ingestion.failed_pages(RAW, INGESTION, TABLE, DAY)],
    "parse": [parse.query(RAW, TABLE, DAY, [*COLUMNS, *API_RESPONSE_COLUMNS])],
    "parsed values": parse.values_queries(RAW, TABLE, DAY, COLUMNS),
    "recast": RECAST.queries(),
    "changed texts": RECAST.changed_texts(),
    "recast ids": [RECAST.ids("typed_7", "lost", values=True)],
    "snapshot": SNAPSHOT.queries(),
    "altered columns": SNAPSHOT.altered_columns(),
    "altered ids": [SNAPSHOT.altered_ids("text_7", values=True)],
    "the playbook's": [generation_sizes.playbook_query(REFINED, stage, TABLE) for stage in STAGES.values()],
}


def joined(sql: str) -> Iterator[set[str]]:
    """The columns of each join's build side, those that it is joined on left out."""
    statement = sqlglot.parse_one(sql, dialect="athena")
    named = {cte.alias: cte.this for cte in statement.find_all(exp.CTE)}
    for select in statement.find_all(exp.Select):
        for join in select.args.get("joins") or []:
            source = join.this
            inner = named.get(source.name) if isinstance(source, exp.Table) else source.this
            if inner is None or inner.is_star:  # Trino reads those columns that the query names
                named_here = {c.name for c in select.find_all(exp.Column) if c.table == source.alias_or_name}
                assert named_here, f"a join of all columns: {sql[:500]}"
                yield named_here - KEYS
            else:
                yield set(inner.named_selects) - KEYS


@pytest.mark.parametrize("what", TEXTS_OF_THE_SUITE)
def test_no_join_is_of_more_columns_than_trino_compiles(what: str) -> None:
    for sql in TEXTS_OF_THE_SUITE[what]:
        assert all(len(columns) <= parts.WIDEST_JOIN for columns in joined(sql))
        assert len(sql.encode()) <= parts.LONGEST


def test_a_query_of_all_columns_would_join_too_many() -> None:
    (compared,) = joined(RECAST._query(dict(enumerate(COLUMNS))))
    (altered,) = joined(f"SELECT 1 FROM {SNAPSHOT._versions(COLUMNS)}")
    assert len(compared) == len(altered) == len(COLUMNS) - 1


@pytest.mark.parametrize("what", ["recast", "altered columns", "changed texts"])
def test_the_parts_ask_for_all_columns_once(what: str) -> None:
    found = [columns for sql in TEXTS_OF_THE_SUITE[what] for columns in joined(sql)]
    assert len(found) == 2
    assert not found[0] & found[1]
    assert found[0] | found[1] == set(TEXTS if what == "changed texts" else COLUMNS) - KEYS


def test_each_record_is_parsed_once() -> None:
    _, of_json = parse.values_queries(RAW, TABLE, DAY, COLUMNS)
    statement = sqlglot.parse_one(of_json, dialect="athena")
    assert len(list(statement.find_all(exp.ParseJSON))) == 1
    assert of_json.count("element_at(fields, '") == len(COLUMNS)


def test_a_part_without_a_column_beside_the_id_is_a_query() -> None:
    source = SNAPSHOT._versions(["id"])
    (sql,) = pairs.changes(lambda _: source, ["id"])
    assert sqlglot.parse_one(sql, dialect="athena")


@pytest.mark.parametrize(("columns", "queries"), [(0, 1), (1, 1), (400, 1), (401, 2), (752, 2), (801, 3)])
def test_as_few_parts_as_hold_the_columns(columns: int, queries: int) -> None:
    found = parts.of_join(lambda part: ",".join(part.values()), [f"c{n}" for n in range(columns)])
    assert len(found) == parts.needed(columns) == queries
    sizes = [len(part.split(",")) for part in found]
    assert max(sizes) - min(sizes) <= queries
