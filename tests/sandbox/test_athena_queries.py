"""The playbook's queries and typical data quality queries, against answers worked out by hand from the rows below."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from acceptance.pipeline import INGESTION, PARSE, RECAST, SNAPSHOT, Stage
from acceptance.queries import sql
from acceptance.queries.generation_sizes import playbook_query
from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox.lake import Answer, Lake

COLUMNS = {
    "id": "string",
    "enforcement_id": "string",
    "status": "string",
    "submitted": "timestamp",
    "score": "double",
    "points": "int",
    "open": "boolean",
    "record": "string",
}
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "enforcement_id": pa.string(),
        "status": pa.string(),
        "submitted": pa.timestamp("ms"),
        "score": pa.float64(),
        "points": pa.int32(),
        "open": pa.bool_(),
        "record": pa.string(),
    }
)


def _at(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - Athena's timestamps have no zone


FIRST = [
    (
        "1",
        "10",
        "open",
        _at(2024, 1, 1, 9, 0),
        1.5,
        3,
        True,
        '{"id": "1", "tags": ["a", "b"], "size": 2}',
    ),
    ("2", "10", "closed", _at(2024, 1, 1, 10, 30), None, 4, False, '{"id": "2", "tags": []}'),
    ("2", "11", "closed", _at(2024, 1, 1, 11, 0), 2.5, None, None, '{"id": "2"}'),
]
SECOND = [
    ("3", "11", "Open", _at(2024, 1, 2, 8, 15, 30, 250000), 4.0, 7, True, '{"id": "3", "tags": ["b"]}'),
    ("4", None, None, None, 0.5, -2, False, "not json"),
    (None, "12", "", _at(2024, 1, 2, 23, 59, 59), None, 0, True, "{}"),
]
KEYS = {"import_year": "string", "import_date": "string"}
ENFORCEMENTS = {"id": "int", "name": "string", "opened": "date"}


def _rows(rows: Sequence[tuple[object, ...]]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


@pytest.fixture(scope="module")
def lake(box: Sandbox) -> Iterator[Lake]:
    """`breaches` in two days' partitions; `enforcements` without partitions."""
    lake = Lake(Clients(box.endpoint, box.region), "queries").create()
    lake.table("breaches", COLUMNS, KEYS)
    for day, rows in (("20240101", FIRST), ("20240102", SECOND)):
        lake.put("breaches", _rows(rows), import_year="2024", import_date=day)
        lake.partition("breaches", COLUMNS, import_year="2024", import_date=day)
    lake.table("enforcements", ENFORCEMENTS)
    opened = pa.array([date(2023, 12, 1), date(2023, 12, 31), None], pa.date32())
    ids = pa.array([10, 11, 13], pa.int32())
    lake.put("enforcements", pa.table({"id": ids, "name": ["Alpha", "Beta", "Gamma"], "opened": opened}))
    yield lake


QUERIES: list[tuple[str, list[list[str | None]]]] = [
    # completeness
    ("SELECT count(*), count(id), count(DISTINCT id) FROM breaches", [["6", "5", "4"]]),
    ("SELECT count_if(status IS NULL OR status = '') FROM breaches", [["2"]]),
    ("SELECT count_if(status = 'closed') FROM breaches WHERE id = 'none of them'", [["0"]]),
    ("SELECT count(*) FILTER (WHERE status = 'closed') FROM breaches", [["2"]]),
    ("SELECT 100.0 * count(score) / count(*) FROM breaches", [["66.7"]]),
    ("SELECT round(100e0 * count(score) / count(*), 2) FROM breaches", [["66.67"]]),
    ("SELECT count(score) / count(*) FROM breaches", [["0"]]),
    ("SELECT cast(count(score) AS double) / count(*) > 0.6 FROM breaches", [["true"]]),
    ("SELECT sum(CASE WHEN enforcement_id IS NULL THEN 1 ELSE 0 END) FROM breaches", [["1"]]),
    ("SELECT count(nullif(trim(status), '')) FROM breaches", [["4"]]),
    ("SELECT count(*) FROM breaches WHERE score IS NOT NULL AND points IS NOT NULL", [["3"]]),
    ("SELECT coalesce(status, '(none)') s, count(*) FROM breaches GROUP BY 1 ORDER BY s",
     [["", "1"], ["(none)", "1"], ["Open", "1"], ["closed", "2"], ["open", "1"]]),
    # uniqueness
    ("SELECT id, count(*) AS n FROM breaches GROUP BY id HAVING count(*) > 1", [["2", "2"]]),
    ("SELECT count(*) - count(DISTINCT id) FROM breaches WHERE id IS NOT NULL", [["1"]]),
    ("SELECT count(DISTINCT (id, import_date)) FROM breaches", [["5"]]),
    ("SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY id ORDER BY submitted DESC) AS r FROM breaches) "
     "WHERE r > 1", [["2"]]),
    ("SELECT DISTINCT open FROM breaches ORDER BY open", [["false"], ["true"], [None]]),
    ("SELECT id FROM breaches INTERSECT SELECT enforcement_id FROM breaches", [[None]]),
    # validity
    ("SELECT count(*) FROM breaches WHERE NOT regexp_like(id, '^[0-9]+$')", [["0"]]),
    ("SELECT count_if(try_cast(id AS integer) IS NULL) FROM breaches", [["1"]]),
    ("SELECT sum(cast(id AS integer)) FROM breaches", [["12"]]),
    ("SELECT status FROM breaches WHERE status NOT IN ('open', 'closed') ORDER BY status", [[""], ["Open"]]),
    ("SELECT count(*) FROM breaches WHERE lower(status) = 'open'", [["2"]]),
    ("SELECT id FROM breaches WHERE points NOT BETWEEN 0 AND 5 ORDER BY id", [["3"], ["4"]]),
    ("SELECT count(*) FROM breaches WHERE status LIKE 'clos%'", [["2"]]),
    ("SELECT count(*) FROM breaches WHERE date_parse(import_date, '%Y%m%d') > date(submitted)", [["0"]]),
    ("SELECT every(points > -5), bool_or(points > 6), bool_and(open) FROM breaches", [["true", "true", "false"]]),
    ("SELECT max(length(status)), min(length(status)) FROM breaches", [["6", "0"]]),
    # checksums: the same for the same values in another order, not for other ones or as many of them otherwise
    ("SELECT (SELECT checksum(x) FROM (VALUES 'a', 'b', NULL) t(x)) = "
     "(SELECT checksum(x) FROM (VALUES NULL, 'b', 'a') t(x))", [["true"]]),
    ("SELECT checksum(id) = checksum(import_date), length(to_hex(checksum(id))) FROM breaches", [["false", "16"]]),
    ("SELECT (SELECT checksum(x) FROM (VALUES 'a', 'b') t(x)) = "
     "(SELECT checksum(x) FROM (VALUES 'a', 'b', 'b', 'b') t(x))", [["false"]]),
    ("SELECT checksum(id) FILTER (WHERE id = '1') = checksum('1') FROM breaches WHERE id = '1'", [["true"]]),
    ("SELECT checksum(id) FROM breaches WHERE false", [[None]]),
    # numbers
    ("SELECT sum(points), avg(points), min(points), max(points) FROM breaches", [["12", "2.4", "-2", "7"]]),
    ("SELECT sum(score), avg(score) FROM breaches", [["8.5", "2.125"]]),
    ("SELECT points / 2, points % 2 FROM breaches WHERE id = '3'", [["3", "1"]]),
    ("SELECT max_by(id, score), min_by(id, score), max_by(status, submitted) FROM breaches", [["3", "4", ""]]),
    ("SELECT sum(points) FROM breaches WHERE id = 'none'", [[None]]),
    ("SELECT count(*), count(points) FROM breaches WHERE false", [["0", "0"]]),
    ("SELECT import_date, sum(points) FROM breaches GROUP BY import_date ORDER BY 1",
     [["20240101", "7"], ["20240102", "5"]]),
    # times
    ("SELECT max(submitted), min(submitted) FROM breaches", [["2024-01-02 23:59:59.000", "2024-01-01 09:00:00.000"]]),
    ("SELECT date_trunc('day', submitted) d, count(*) FROM breaches WHERE submitted IS NOT NULL GROUP BY 1 ORDER BY d",
     [["2024-01-01 00:00:00.000", "3"], ["2024-01-02 00:00:00.000", "2"]]),
    ("SELECT date_diff('hour', min(submitted), max(submitted)) FROM breaches", [["38"]]),
    ("SELECT count(*) FROM breaches WHERE submitted >= timestamp '2024-01-02 00:00:00'", [["2"]]),
    ("SELECT count(*) FROM breaches WHERE submitted < date '2024-01-01' + interval '1' day", [["3"]]),
    ("SELECT date_format(submitted, '%Y%m%d') = import_date, count(*) FROM breaches GROUP BY 1 ORDER BY 2",
     [[None, "1"], ["true", "5"]]),
    ("SELECT cast(submitted AS varchar) FROM breaches WHERE id = '3'", [["2024-01-02 08:15:30.250"]]),
    ("SELECT name FROM enforcements WHERE opened = date '2023-12-31'", [["Beta"]]),
    ("SELECT date_diff('day', max(opened), date '2024-01-01') FROM enforcements", [["1"]]),
    # joins
    ("SELECT b.id, e.name FROM breaches b JOIN enforcements e ON cast(b.enforcement_id AS integer) "
     "= e.id ORDER BY 1, 2",
     [["1", "Alpha"], ["2", "Alpha"], ["2", "Beta"], ["3", "Beta"]]),
    ("SELECT b.enforcement_id FROM breaches b LEFT JOIN enforcements e ON b.enforcement_id = cast(e.id AS varchar) "
     "WHERE e.id IS NULL ORDER BY 1", [["12"], [None]]),
    ("SELECT e.id, b.id FROM breaches b RIGHT JOIN enforcements e ON b.enforcement_id = cast(e.id AS varchar) "
     "WHERE b.id IS NULL", [["13", None]]),
    ("SELECT count(*), count(b.record), count(e.id) FROM breaches b FULL JOIN enforcements e "
     "ON b.enforcement_id = cast(e.id AS varchar)", [["7", "6", "5"]]),
    ("SELECT name FROM enforcements e WHERE NOT EXISTS (SELECT 1 FROM breaches b "
     "WHERE b.enforcement_id = cast(e.id AS varchar))", [["Gamma"]]),
    ("SELECT count(*) FROM enforcements WHERE cast(id AS varchar) IN (SELECT enforcement_id FROM breaches)", [["2"]]),
    ("SELECT count(*) FROM enforcements WHERE cast(id AS varchar) NOT IN (SELECT enforcement_id FROM breaches)",
     [["0"]]),
    ("SELECT count(*) FROM breaches CROSS JOIN enforcements", [["18"]]),
    ("SELECT count(*) FROM breaches a JOIN breaches b USING (id)", [["7"]]),
    ("SELECT a.id FROM breaches a, breaches b WHERE a.id = b.id AND a.submitted > b.submitted", [["2"]]),
    # sets
    ("SELECT enforcement_id FROM breaches EXCEPT SELECT cast(id AS varchar) FROM enforcements ORDER BY 1",
     [["12"], [None]]),
    ("SELECT enforcement_id FROM breaches INTERSECT SELECT cast(id AS varchar) FROM enforcements ORDER BY 1",
     [["10"], ["11"]]),
    ("SELECT count(*) FROM (SELECT id FROM breaches UNION SELECT enforcement_id FROM breaches)", [["8"]]),
    ("SELECT 'a' AS x UNION ALL SELECT 'a' ORDER BY x LIMIT 5", [["a"], ["a"]]),
    # JSON
    ("SELECT id FROM breaches WHERE json_extract_scalar(record, '$.id') <> id", []),
    ("SELECT count_if(try(json_parse(record)) IS NULL) FROM breaches", [["1"]]),
    ("SELECT count(*) FROM breaches WHERE json_extract_scalar(record, '$.id') IS NULL", [["2"]]),
    ("SELECT json_extract(record, '$.tags') FROM breaches WHERE id = '1'", [['["a","b"]']]),
    ("SELECT sum(json_array_length(json_extract(record, '$.tags'))) FROM breaches", [["3"]]),
    ("SELECT id, t FROM breaches CROSS JOIN UNNEST(cast(json_extract(record, '$.tags') AS array(varchar))) AS u(t) "
     "ORDER BY id, t", [["1", "a"], ["1", "b"], ["3", "b"]]),
    ("SELECT k, count(*) FROM breaches CROSS JOIN UNNEST(map_keys(cast(try(json_parse(record)) AS "
     "map(varchar, json)))) "
     "AS u(k) GROUP BY k ORDER BY k", [["id", "4"], ["size", "1"], ["tags", "3"]]),
    ("SELECT k, v FROM breaches CROSS JOIN UNNEST(cast(json_parse(record) AS map(varchar, json))) AS u(k, v) "
     "WHERE id = '1' ORDER BY k", [["id", '"1"'], ["size", "2"], ["tags", '["a","b"]']]),
    # arrays
    ("SELECT array_agg(points ORDER BY points) FROM breaches WHERE import_date = '20240101'", [["[3, 4, null]"]]),
    ("SELECT array_join(array_agg(DISTINCT status ORDER BY status), ',') FROM breaches WHERE status <> ''",
     [["Open,closed,open"]]),
    ("SELECT n, x FROM UNNEST(ARRAY['a', 'b'], ARRAY[1]) WITH ORDINALITY AS u(x, y, n)", [["1", "a"], ["2", "b"]]),
    ("SELECT id, x FROM (SELECT id, filter(ARRAY[points], p -> p > 5) AS big FROM breaches) "
     "LEFT JOIN UNNEST(big) AS u(x) ON true WHERE id IN ('3', '4') ORDER BY id", [["3", "7"], ["4", None]]),
    ("SELECT d FROM UNNEST(sequence(date '2024-01-01', date '2024-01-03')) AS u(d) WHERE date_format(d, '%Y%m%d') "
     "NOT IN (SELECT import_date FROM breaches)", [["2024-01-03"]]),
    # windows
    ("SELECT id, rank() OVER (ORDER BY points DESC), dense_rank() OVER (ORDER BY enforcement_id) FROM breaches "
     "WHERE import_date = '20240101' ORDER BY 2", [["2", "1", "1"], ["1", "2", "1"], ["2", "3", "2"]]),
    ("SELECT points, lag(points) OVER (ORDER BY submitted), lead(points, 1, -1) OVER (ORDER BY "
     "submitted) FROM breaches "
     "WHERE import_date = '20240101' ORDER BY submitted", [["3", None, "4"], ["4", "3", None], [None, "4", "-1"]]),
    ("SELECT points, sum(points) OVER (ORDER BY submitted) FROM breaches WHERE submitted IS NOT "
     "NULL ORDER BY submitted",
     [["3", "3"], ["4", "7"], [None, "7"], ["7", "14"], ["0", "14"]]),
    ("SELECT DISTINCT first_value(id) OVER (PARTITION BY import_date ORDER BY points) FROM breaches ORDER BY 1",
     [["1"], ["4"]]),
    ("SELECT points, sum(points) OVER (ORDER BY points ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM breaches "
     "WHERE points > 0 ORDER BY 1", [["3", "3"], ["4", "7"], ["7", "11"]]),
    # grouping sets
    ("SELECT import_date, open, count(*) FROM breaches GROUP BY GROUPING SETS ((import_date), "
     "(open), ()) ORDER BY 1, 2, 3",
     [["20240101", None, "3"], ["20240102", None, "3"], [None, "false", "2"], [None, "true", "3"], [None, None, "1"],
      [None, None, "6"]]),
    ("SELECT import_date, grouping(import_date), count(*) FROM breaches GROUP BY ROLLUP (import_date) ORDER BY 2, 1",
     [["20240101", "0", "3"], ["20240102", "0", "3"], [None, "1", "6"]]),
    ("SELECT count(*) FROM (SELECT 1 FROM breaches GROUP BY CUBE (import_date, open))", [["11"]]),
    # order and rows
    ("SELECT id FROM breaches ORDER BY id", [["1"], ["2"], ["2"], ["3"], ["4"], [None]]),
    ("SELECT id FROM breaches ORDER BY id DESC LIMIT 2", [["4"], ["3"]]),
    ("SELECT id FROM breaches ORDER BY id NULLS FIRST LIMIT 2", [[None], ["1"]]),
    ("SELECT id FROM breaches ORDER BY id OFFSET 3 LIMIT 1", [["3"]]),
    ("SELECT upper(status) AS status FROM breaches WHERE status <> '' ORDER BY status LIMIT 2",
     [["CLOSED"], ["CLOSED"]]),
    ("WITH a AS (SELECT id, points FROM breaches), b AS (SELECT id, sum(points) AS p FROM a GROUP BY id) "
     "SELECT id, p FROM b WHERE p > 3 ORDER BY p", [["2", "4"], ["3", "7"]]),
    ("SELECT t.id FROM (SELECT id FROM breaches WHERE points = 7) AS t UNION ALL SELECT t.name FROM enforcements AS t "
     "WHERE t.id = 10 ORDER BY 1", [["3"], ["Alpha"]]),
    ("SELECT (SELECT max(import_date) FROM breaches) AS newest, (SELECT count(*) FROM enforcements) AS n",
     [["20240102", "3"]]),
    ('SELECT "ID", Status FROM "queries"."Breaches" WHERE ID = \'1\'', [["1", "open"]]),
    ("SELECT id FROM awsdatacatalog.queries.breaches WHERE points = 7", [["3"]]),
    ("-- a comment\nSELECT /* another */ count(*) FROM breaches;", [["6"]]),
    # names: a column's in WHERE, GROUP BY, HAVING and OVER, an output's in ORDER BY
    ("SELECT lower(status) AS status, count(*) FROM breaches GROUP BY status HAVING status > 'c' ORDER BY status",
     [["closed", "2"], ["open", "1"]]),
    ("SELECT 0 - points AS points FROM breaches WHERE points > 3 ORDER BY points", [["-7"], ["-4"]]),
    ("SELECT 0 - points AS points FROM breaches WHERE points > 3 ORDER BY points + 0", [["-7"], ["-4"]]),
    ("SELECT 0 - points AS points FROM breaches b WHERE points > 3 ORDER BY b.points", [["-4"], ["-7"]]),
    ("SELECT 0 - points AS points, row_number() OVER (ORDER BY points) FROM breaches WHERE points > 3 ORDER BY 2",
     [["-4", "1"], ["-7", "2"]]),
    ("SELECT open, max(points) FROM breaches GROUP BY open HAVING max(points) > 3 AND open", [["true", "7"]]),
    ("SELECT trim(lower(status)) FROM breaches GROUP BY trim(lower(status)) HAVING max(points) = 7", [["open"]]),
    # the catalog
    ('SELECT * FROM "breaches$partitions" ORDER BY import_date', [["2024", "20240101"], ["2024", "20240102"]]),
    ('SELECT max(import_date) FROM "breaches$partitions"', [["20240102"]]),
    ('SELECT count(DISTINCT "$path"), max("$path") LIKE \'s3://%/import_date=20240102/part-0.parquet\' FROM breaches',
     [["2", "true"]]),
    ("SELECT table_name FROM information_schema.tables WHERE table_schema = 'queries' ORDER BY 1",
     [["breaches"], ["enforcements"]]),
    ("SELECT column_name, data_type, extra_info FROM information_schema.columns WHERE table_schema = 'queries' "
     "AND table_name = 'breaches' AND ordinal_position IN (1, 4, 6, 10) ORDER BY ordinal_position",
     [["id", "varchar", None], ["submitted", "timestamp(3)", None], ["points", "integer", None],
      ["import_date", "varchar", "partition key"]]),
    ("SHOW TABLES", [["breaches"], ["enforcements"]]),
    ("SHOW TABLES IN queries 'enf*'", [["enforcements"]]),
    ("SHOW TABLES 'enf.*|nothing'", [["enforcements"]]),
    ("SHOW DATABASES LIKE '.*eries'", [["queries"]]),
    ("SHOW DATABASES LIKE '*eries'", [["queries"]]),
    ("SHOW SCHEMAS LIKE 'que'", []),
    ("SHOW PARTITIONS breaches",
     [["import_year=2024/import_date=20240101"], ["import_year=2024/import_date=20240102"]]),
    ("SHOW COLUMNS IN enforcements", [[f"{name:<20}"] for name in ENFORCEMENTS]),
    ("DESCRIBE enforcements", [[f"{name:<20}\t{kind:<20}\t{'':<20}"] for name, kind in ENFORCEMENTS.items()]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "expected"), QUERIES, ids=lambda each: each[:70] if isinstance(each, str) else ""
)
def test_query(lake: Lake, sql: str, expected: list[list[str | None]]) -> None:
    assert lake.rows(sql) == expected


def test_names_of_columns(lake: Lake) -> None:
    answer = lake.ask("SELECT id, count(*), max(points) AS Most, 1 + 1 FROM breaches GROUP BY id LIMIT 1")
    assert answer.columns == ["id", "_col1", "most", "_col3"]
    assert lake.ask("SELECT * FROM breaches LIMIT 1").columns == [*COLUMNS, *KEYS]  # not $path
    assert lake.ask("SELECT a.*, b.id FROM enforcements a, enforcements b").columns == [*ENFORCEMENTS, "id"]


def test_what_is_random_is_at_least_among_the_rows(lake: Lake) -> None:
    (row,) = lake.rows(
        "SELECT arbitrary(status), any_value(points) FROM breaches WHERE import_date = '20240101'"
    )
    assert row[0] in ("open", "closed") and row[1] in ("3", "4")


def test_many_queries_at_once(lake: Lake) -> None:
    """Sixteen of each of four, all under way together."""
    asked = [
        ("SELECT sum(points) FROM breaches", "12"),
        ("SELECT count(*) FROM breaches a JOIN breaches b USING (id)", "7"),
        ("SELECT count_if(try(json_parse(record)) IS NULL) FROM breaches", "1"),
        ("SELECT max(n) FROM UNNEST(sequence(1, 500)) AS t(n)", "500"),
    ] * 4
    together = threading.Barrier(len(asked))

    def ask(sql: str) -> Answer:
        together.wait(timeout=10)
        return lake.ask(sql)

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(ask, [sql for sql, _ in asked]))
    assert [(answer.reason, answer.rows) for answer in answers] == [
        ("", [[expected]]) for _, expected in asked
    ]


@pytest.fixture(scope="module")
def stages(box: Sandbox) -> Iterator[Lake]:
    """A table `wards` at each stage, in two generations: 2 rows of 20240101, 12 rows of 20240102."""
    lake = Lake(Clients(box.endpoint, box.region), "stages").create()
    columns = {"id": "string", "import_datetime": "timestamp"}
    for stage in (INGESTION, PARSE, RECAST, SNAPSHOT):
        table, key = stage.catalog_table("wards"), stage.generation
        name = table if stage is not SNAPSHOT else "snapshots"
        lake.table(name, columns, {key: "string"})
        for day, size in ((1, 2), (2, 12)):
            start = _at(2024, 1, day)
            times = [start + timedelta(minutes=number) for number in range(size)]
            ids = [f"{day}-{number}" for number in range(size)]
            rows = pa.table({"id": ids, "import_datetime": pa.array(times, pa.timestamp("ms"))})
            values = {key: f"2024010{day}"}
            lake.put(name, rows, **values)
            lake.partition(name, columns, **values)
    yield lake


@pytest.mark.parametrize(
    "stage", [INGESTION, PARSE, RECAST, SNAPSHOT], ids=lambda stage: stage.catalog_table("wards")
)
def test_the_playbooks_query(stages: Lake, stage: Stage) -> None:
    """The ten newest rows of the newest generation, the generation in front."""
    sql = playbook_query(stages.database, stage, "wards")
    if stage is SNAPSHOT:  # its table has the parsed one's name, in another database
        sql = sql.replace('"wards"', '"snapshots"')
    answer = stages.ask(sql)
    assert answer.columns == [f"last_{stage.generation}", "id", "import_datetime", stage.generation]
    assert answer.rows == [
        ["20240102", f"2-{number}", f"2024-01-02 00:{number:02d}:00.000", "20240102"]
        for number in range(11, 1, -1)
    ]


def test_a_row_as_one_text_tells_null_from_the_empty_text_and_takes_many_columns(lake: Lake) -> None:
    values = [f"'{number}'" for number in range(250)]
    texts = [[*values[:200], each, *values[201:]] for each in ("'200'", "''", "CAST(NULL AS varchar)")]
    (row,) = lake.rows(f"SELECT {', '.join(sql.text(each) for each in texts)}")
    assert row[0] == "\x1f".join(map(str, range(250)))
    assert len(set(row)) == 3
