"""What Athena does not have, and what the sandbox does not do as Athena does: refused, never answered wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from sandbox.clients import Clients
from sandbox.process import Sandbox
from tests.sandbox.lake import Lake


@pytest.fixture(scope="module")
def lake(box: Sandbox) -> Iterator[Lake]:
    """A table `t` with `a` (string), `n` (int) and `r` (double), without data."""
    lake = Lake(Clients(box.endpoint, box.region), "refusals").create()
    lake.table("t", {"a": "string", "n": "int", "r": "double", "single": "float"})
    yield lake


FOREIGN_FUNCTIONS = """
strftime('a', 'b') | strptime('a', 'b') | list_aggregate(ARRAY[1], 'sum') | regexp_matches('a', 'a') | printf('a')
ifnull(1, 2) | nvl(1, 2) | read_parquet('x') | read_csv('x') | read_text('/etc/passwd') | glob('*') | getenv('HOME')
len('a') | list_value(1) | struct_pack(1) | epoch(now()) | datediff('day', now(), now()) | isnull(1) | left('a', 1)
md5_number('a') | current_setting('threads') | string_agg('a', ',') | median(1) | mode(1) | first(1) | to_days(1)
trino_substr('a', 1) | fail('a', 'b') | regex_like('a', 'a') | len(ARRAY[1]) | date_sub('day', now(), now()) | getdate()
""".replace("\n", "|")

FOREIGN_SYNTAX = [
    "SELCT 1",
    "SELECT FROM",
    "SELECT a FROM t WHERE",
    "SELECT (1",
    "SELECT 1; SELECT 2",
    "SELECT a::integer FROM t",
    "SELECT `a` FROM t",
    "SELECT n == 1 FROM t",
    "SELECT [1, 2]",
    "SELECT {'a': 1}",
    "SELECT a ~ 'x' FROM t",
    "SELECT 7 // 2",
    "SELECT 2 ** 3",
    "SELECT 2 ^ 3",
    "SELECT interval 1 day",
    "SELECT n IS TRUE FROM t",
    "SELECT a FROM t LIMIT 1 OFFSET 1",
    "FROM t",
    "FROM t SELECT a",
    "PRAGMA database_list",
    "COPY t TO '/tmp/x.csv'",
    "ATTACH 'x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE 'x'",
    "CHECKPOINT",
]

REFUSED = [
    # functions of Athena's that are not done
    *(
        f"SELECT {call}"
        for call in (
            "approx_percentile(1, 0.5)",
            "typeof(1)",
            "format_datetime(now(), 'yyyy')",
            "parse_datetime('2024', 'yyyy')",
            "array_intersect(ARRAY[1], ARRAY[1])",
            "reduce(ARRAY[1], 0, (s, x) -> s + x, s -> s)",
            "map_agg('a', 1)",
            "histogram('a')",
            "regexp_split('a', 'b')",
            "row(1, 2)",
            "ln(1)",
            "at_timezone(now(), 'Europe/London')",
            "random()",
        )
    ),
    # syntax of Athena's that is not done
    "SELECT count(*) FROM t TABLESAMPLE BERNOULLI (10)",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r",
    "SELECT a FROM t FETCH FIRST 1 ROWS ONLY",
    "SELECT sum(n) OVER w FROM t WINDOW w AS (ORDER BY n)",
    "SELECT lag(n) IGNORE NULLS OVER (ORDER BY n) FROM t",
    "SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
    "SELECT * FROM t NATURAL JOIN t AS u",
    "SELECT * FROM t CROSS JOIN LATERAL (SELECT 1) AS u",
    "SELECT n > ALL (SELECT 1) FROM t",
    "SELECT a FROM t WHERE (a, n) IN (SELECT a, n FROM t)",
    "SELECT (a, n) FROM t",
    "SELECT now() AT TIME ZONE 'Europe/London'",
    "SELECT X'00'",
    "SELECT trim(BOTH 'x' FROM 'xax')",
    "SELECT interval '1' day * 2",
    "SELECT * FROM UNNEST(ARRAY[1])",
    "SELECT n FROM UNNEST(ARRAY[ARRAY[1]]) AS u(n)",
    "SELECT a FROM t FOR TIMESTAMP AS OF now()",
    # syntax of no one's in Athena that parses as if it were
    "SELECT * EXCLUDE (a) FROM t",
    "SELECT DISTINCT ON (a) a FROM t",
    "SELECT a FROM t GROUP BY ALL",
    "SELECT a FROM t LEFT SEMI JOIN t AS u ON true",
    "SELECT * FROM t ASOF JOIN t AS u ON t.n >= u.n",
    "SELECT a ILIKE 'x' FROM t",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM duckdb_settings()",
    # types and values
    "SELECT cast(1e0 AS varchar)",
    "SELECT cast(r AS varchar) FROM t",
    "SELECT cast(1 AS real)",
    "SELECT cast('a' AS char(2))",
    "SELECT cast(a AS string) FROM t",
    "SELECT cast('10:00' AS time)",
    "SELECT cast('a' AS json)",
    "SELECT cast(json_parse('1') AS boolean)",
    "SELECT timestamp '2024-01-01 00:00:00.123456'",
    "SELECT cast(12 AS varchar(1))",
    "SELECT cast(json_parse('1.5') AS integer)",
    "SELECT sum(single) FROM t",
    "SELECT single + 1 FROM t",
    "SELECT avg(1.5)",
    "SELECT split('a', ',', 2)",
    "SELECT max(n, 2) FROM t",
    "SELECT reverse('ab')",
    "SELECT sequence(date '2024-01-01', date '2024-03-01', interval '1' month)",
    "SELECT array_sort(ARRAY[1], (x, y) -> 1)",
    "SELECT ceil(1.5)",
    "SELECT 5.5 % 2",
    "SELECT interval '1' month",
    "SELECT 0e0 / 0",
    "SELECT sqrt(-1)",
    "SELECT 1e0 / 0 - 1e0 / 0",
    "SELECT a FROM t WHERE (a, n) IN (('x', 1))",
    "SELECT ARRAY[1] = ARRAY[1]",
    "SELECT from_iso8601_timestamp('2024-01-02T03:04:05+01:00')",
    "SELECT json_extract('{}', '$..a')",
    "SELECT json_extract('{}', '$.a[*]')",
    "SELECT regexp_like('a', '[[:alpha:]]')",
    "SELECT regexp_like('a', '\\p{L}')",
    "SELECT regexp_replace('a', '(?<x>a)', '${x}')",
    "SELECT date_format(now(), '%v')",
    "SELECT date_format(now(), concat('%', 'Y'))",
    "SELECT date_parse('24', '%y')",
    "SELECT date_trunc(concat('d', 'ay'), now())",
    "SELECT format('%.2f', 1.5)",
    "SELECT replace('a', '', 'b')",
    # statements
    "CREATE TABLE u AS SELECT 1 AS a",
    "CREATE VIEW v AS SELECT 1 AS a",
    "INSERT INTO t SELECT 'a', 1, 1.0",
    "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'PARQUET')",
    "DELETE FROM t",
    "DROP TABLE t",
    "MSCK REPAIR TABLE t",
    "ALTER TABLE t ADD PARTITION (d = '1')",
    "EXPLAIN SELECT 1",
    "SHOW CREATE TABLE t",
    "PREPARE p FROM SELECT 1",
    "-- a comment\nDROP TABLE t",
]


@pytest.mark.parametrize("call", [each.strip() for each in FOREIGN_FUNCTIONS.split("|") if each.strip()])
def test_functions_that_athena_does_not_have(lake: Lake, call: str) -> None:
    name = call.partition("(")[0]
    assert lake.reason(f"SELECT {call}") == f"FUNCTION_NOT_FOUND: line 1:8: Function '{name}' not registered"


@pytest.mark.parametrize("sql", FOREIGN_SYNTAX)
def test_syntax_that_athena_does_not_have(lake: Lake, sql: str) -> None:
    assert re.match(r"line 1:\d+: ", lake.refusal(sql))


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_sandbox_does_not_do(lake: Lake, sql: str) -> None:
    assert lake.reason(sql).startswith("NOT_SUPPORTED: ")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT * FROM gone",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.refusals.gone' does not exist",
        ),
        ("SELECT * FROM nowhere.t", "SCHEMA_NOT_FOUND: line 1:23: Schema 'nowhere' does not exist"),
        ("SELECT * FROM '/etc/passwd'", "TABLE_NOT_FOUND: line 1:15: "),
        ('SELECT * FROM "data.parquet"', "TABLE_NOT_FOUND: line 1:15: "),
        ("SELECT * FROM sqlite_master", "TABLE_NOT_FOUND: line 1:15: "),
        ("SELECT b FROM t", "COLUMN_NOT_FOUND: line 1:8: Column 'b' cannot be resolved"),
        ("SELECT t.b FROM t", "COLUMN_NOT_FOUND: line 1:1: Column 'b' cannot be resolved"),
        ("SELECT u.a FROM t", "COLUMN_NOT_FOUND: line 1:10: Column 'a' cannot be resolved"),
        ("SELECT 1 FROM t GROUP BY b", "COLUMN_NOT_FOUND: line 1:26: Column 'b' cannot be resolved"),
        ("SELECT n AS b FROM t WHERE b = 1", "COLUMN_NOT_FOUND: line 1:28: Column 'b' cannot be resolved"),
        (
            "SELECT n AS b, count(*) FROM t GROUP BY b",
            "COLUMN_NOT_FOUND: line 1:41: Column 'b' cannot be resolved",
        ),
        ("SELECT n AS b, b + 1 FROM t", "COLUMN_NOT_FOUND: line 1:16: Column 'b' cannot be resolved"),
        ("SELECT a FROM t JOIN t AS u ON true", "AMBIGUOUS_NAME: line 1:8: Column 'a' is ambiguous"),
        (
            "SELECT a, n FROM t GROUP BY a",
            "EXPRESSION_NOT_AGGREGATE: line 1:1: 'n' must be an aggregate expression",
        ),
        ("SELECT a FROM t WHERE count(*) > 1", "EXPRESSION_NOT_SCALAR: "),
        (
            "SELECT row_number() FROM t",
            "MISSING_OVER: line 1:8: Window function row_number requires an OVER clause",
        ),
    ],
)
def test_mistakes_in_athenas_words(lake: Lake, sql: str, reason: str) -> None:
    assert lake.reason(sql).startswith(reason)


def test_a_missing_column_is_worded_as_one_that_is_hidden(lake: Lake) -> None:
    assert lake.reason("SELECT b FROM t") == (
        "COLUMN_NOT_FOUND: line 1:8: Column 'b' cannot be resolved "
        "or requester is not authorized to access requested resources"
    )


def test_what_is_no_sql_never_executes(lake: Lake) -> None:
    before = lake.executions()
    assert lake.refusal("SELECT 1 FRM t") == "line 1:14: mismatched input 't'"
    assert lake.refusal("SELECT '")
    assert lake.refusal("--")
    assert lake.executions() == before


def test_parameters_too_few_and_too_many(lake: Lake) -> None:
    answer = lake.ask("SELECT a FROM t WHERE n = ?", ExecutionParameters=["1", "2"])
    assert "Incorrect number of parameters: expected 1 but found 2" in answer.reason
