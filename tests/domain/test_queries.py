"""The suite's SQL for a table of 752 columns: what real Trino can compile, and what it need not do 752 times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlglot
from sqlglot import exp

from acceptance.pipeline import API_RESPONSE_COLUMNS, STAGES
from acceptance.queries import generation_sizes, pairs, parts
from acceptance.queries.ingestion import FailedPage, Ingestion
from acceptance.queries.parse import ColumnValues, Parse, Values
from acceptance.queries.query import Row, one
from acceptance.queries.recast import ColumnCounts, Recast
from acceptance.queries.snapshot import Snapshot

RAW, REFINED, TABLE, DAY = "raw-zone", "refined-zone", "applications", date(2026, 11, 27)
KEYS = {"id", "version", "page_number", "import_date"}  # that rows are joined on

TYPED = {"id": "int", **{f"typed_{number}": "double" for number in range(100)}}
TEXTS = [f"text_{number}" for number in range(650)] + ["last_updated"]
COLUMNS = {**TYPED, **dict.fromkeys(TEXTS, "string")}

INGESTION = Ingestion(RAW, TABLE, DAY)
PARSE = Parse(RAW, TABLE, [DAY], [*COLUMNS, *API_RESPONSE_COLUMNS])
RECAST = Recast(REFINED, RAW, TABLE, [DAY], TYPED, TEXTS)
SNAPSHOT = Snapshot(REFINED, TABLE, DAY, "20261126", "20261114", COLUMNS, COLUMNS)

TEXTS_OF_THE_SUITE = {
    "ingestion": INGESTION.queries(),
    "failed pages": INGESTION.failed_pages().queries(),
    "parse": PARSE.queries(),
    "parsed values": PARSE.values().queries(),
    "recast": RECAST.queries(),
    "changed texts": RECAST.changed_texts().queries(),
    "recast ids": RECAST.ids("typed_7", "lost", values=True).queries(),
    "snapshot": SNAPSHOT.queries(),
    "altered columns": SNAPSHOT.altered_columns().queries(),
    "altered ids": SNAPSHOT.altered_ids("text_7", values=True).queries(),
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


def of_columns(sql: str) -> list[set[str]]:
    """The same of joins of the tables' rows, and not of counts by day."""
    return [found for found in joined(sql) if found & COLUMNS.keys()]


@pytest.mark.parametrize("what", TEXTS_OF_THE_SUITE)
def test_no_join_is_of_more_columns_than_trino_compiles(what: str) -> None:
    for sql in TEXTS_OF_THE_SUITE[what]:
        assert all(len(columns) <= parts.WIDEST_JOIN for columns in joined(sql))
        assert len(sql.encode()) <= parts.LONGEST


def test_a_query_of_all_columns_would_join_too_many() -> None:
    (compared,) = of_columns(RECAST._query(dict(enumerate(COLUMNS))))
    (altered,) = joined(f"SELECT 1 FROM {SNAPSHOT._versions(COLUMNS)}")
    assert len(compared) == len(altered) == len(COLUMNS) - 1


@pytest.mark.parametrize("what", ["recast", "altered columns", "changed texts"])
def test_the_parts_ask_for_all_columns_once(what: str) -> None:
    found = [columns for sql in TEXTS_OF_THE_SUITE[what] for columns in of_columns(sql)]
    assert len(found) == 2
    assert not found[0] & found[1]
    assert found[0] | found[1] == set(TEXTS if what == "changed texts" else COLUMNS) - KEYS


def test_each_record_is_parsed_once() -> None:
    _, of_json = PARSE.values().queries()
    statement = sqlglot.parse_one(of_json, dialect="athena")
    assert len(list(statement.find_all(exp.ParseJSON))) == 1
    assert of_json.count("element_at(texts, '") == len(COLUMNS)


def test_a_part_without_a_column_beside_the_id_is_a_query() -> None:
    source = SNAPSHOT._versions(["id"])
    (sql,) = pairs.changes(lambda _: source, ["id"]).queries()
    assert sqlglot.parse_one(sql, dialect="athena")


@pytest.mark.parametrize(("columns", "queries"), [(0, 1), (1, 1), (400, 1), (401, 2), (752, 2), (801, 3)])
def test_as_few_parts_as_hold_the_columns(columns: int, queries: int) -> None:
    found = parts.of_join(lambda part: ",".join(part.values()), [f"c{n}" for n in range(columns)])
    assert len(found) == parts.needed(columns) == queries
    sizes = [len(part.split(",")) for part in found]
    assert max(sizes) - min(sizes) <= queries


# what comes back


PLACES = {name: place for place, name in enumerate(COLUMNS, 1)}


def named_columns(select: exp.Select) -> dict[str, set[str]]:
    """What is selected, by its name: the columns that it is of, through the selects within."""
    source = select.args["from_"].this
    inner = source.this if isinstance(source, exp.Subquery) else None
    within = named_columns(inner) if isinstance(inner, exp.Select) and not select.args.get("joins") else {}
    found = {
        each.alias: set[str]().union(
            *(
                {c.name} if c.name in PLACES else within.get(c.name, {c.name})
                for c in each.find_all(exp.Column)
            )
        )
        for each in select.selects
    }
    return within | found


def counted(texts: list[str]) -> Iterator[Row]:
    """A row of each text: what is counted of a column is its place among all, and its checksum that place as text."""
    for sql in texts:
        statement = sqlglot.parse_one(sql, dialect="athena")
        assert isinstance(statement, exp.Select)
        if statement.is_star:  # by day; what is joined with it are counts of rows alone
            statement = statement.args["from_"].this.this
        columns = named_columns(statement)
        named = {name: columns[name] for name in statement.named_selects}
        # all rows are joined on id: it is meant where no other column is
        places = {
            alias: min((PLACES[name] for name in names & (PLACES.keys() - {"id"})), default=PLACES["id"])
            for alias, names in named.items()
        }
        counts = {alias: str(place) if "checksum" in alias else place for alias, place in places.items()}
        yield counts | {"day": f"{DAY:%Y%m%d}", "row_count": 0, "parsed_count": 0}


def test_what_is_counted_of_a_column_is_read_as_that_columns() -> None:
    casts = one(RECAST.read(counted(RECAST.queries()))).columns
    assert casts == {name: ColumnCounts(*[PLACES[name]] * 3) for name in TYPED}
    texts, altered, values = RECAST.changed_texts(), SNAPSHOT.altered_columns(), PARSE.values()
    assert texts.read(counted(texts.queries())) == {name: PLACES[name] for name in TEXTS}
    assert altered.read(counted(altered.queries())) == PLACES
    of_both = {name: Values(place, str(place)) for name, place in PLACES.items()}
    assert values.read(counted(values.queries())) == {
        name: ColumnValues(each, each) for name, each in of_both.items()
    }


def test_columns_without_a_change_are_not_among_those_that_changed() -> None:
    changed = pairs.changes(str, ["id", "name", "ward"])
    assert changed.read([{"changed_0": 0, "changed_1": 2}, {"changed_2": 0}]) == {"name": 2}


def test_of_parts_that_each_count_rows_the_one_with_the_most_counts() -> None:
    recast = Recast(REFINED, RAW, TABLE, [DAY], {}, ["name", "ward"])
    counts = {
        "day": f"{DAY:%Y%m%d}",
        "row_count": 9,
        "parsed_count": 9,
        "matched_count": 9,
        "whole_id_count": 0,
    }
    (found,) = recast.read([{**counts, "texts_0": 2}, {**counts, "texts_1": 5}])
    assert found.changed_texts == 5
    assert one(recast.read([counts])).changed_texts == 0


def test_without_rows_sums_are_0_and_the_rest_is_not_known() -> None:
    counts = dict.fromkeys(
        ("row_count", "record_count", "distinct_count", "page_count", "failed_page_count"), 0
    )
    found = INGESTION.read([{**counts, "not_json_count": 0, "without_id_count": 0}])
    assert found.page_count == 0
    (names,) = (sqlglot.parse_one(sql, dialect="athena").named_selects for sql in SNAPSHOT.queries())
    sums = ("row_count", "last_count", "fresh_rows", "altered_0")
    empty = SNAPSHOT.read([{name: None if name in sums else 0 for name in names}])
    assert (empty.row_count, empty.last_count, empty.fresh_rows, empty.altered_rows) == (0, 0, 0, 0)


def test_a_page_without_a_status_has_failed_with_none() -> None:
    rows = [{"page_number": 3, "import_api_status_code": None}]
    assert INGESTION.failed_pages().read(rows) == [FailedPage(3, "")]
