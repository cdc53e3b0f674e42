"""Which table of a query a name is of that Athena does not resolve, and whether the Data Catalog has it."""

from __future__ import annotations

from datetime import date

import pytest

from acceptance.aws.glue_catalog import Catalog, CatalogTable
from acceptance.aws.unresolved import Unresolved, unresolved
from acceptance.queries.parse import Parse
from acceptance.queries.recast import Recast

DAY = date(2026, 11, 27)
HIDDEN = "cannot be resolved or requester is not authorized to access requested resources"
TABLES = {
    ("raw", "api_response_wards"): {"wards", "import_datetime"},
    ("raw", "wards"): {"id", "name", "import_datetime", "a.b"},
    ("refined", "increment_wards"): {"id", "import_datetime"},
}


class Known(Catalog):
    """A Data Catalog that is known by heart."""

    def __init__(self) -> None:
        pass

    def table(self, database: str, name: str) -> CatalogTable | None:
        columns = dict.fromkeys(TABLES.get((database, name), ()), "string")
        return CatalogTable(database, name, "", columns, {"day": "string"}) if columns else None


def reason(sql: str, text: str, name: str) -> str:
    """Athena's, where the name first stands in a text of a query."""
    before = sql[: sql.index(text) + text.index(name)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"COLUMN_NOT_FOUND: line {line}:{column}: Column '{name}' {HIDDEN}"


(PARSE,) = Parse("raw", "wards", [DAY], ["id", "name"]).queries()
ODD = Recast("refined", "raw", "wards", [DAY], {":) (": "int", "a.b": "int"}, []).queries()[0]
RECAST = Recast("refined", "raw", "wards", [DAY], {"name": "int"}, []).queries()[0]


@pytest.mark.parametrize(
    ("sql", "text", "name", "expected"),
    [
        (PARSE, '"name"', "name", Unresolved("the column name of wards", there=True)),
        (
            PARSE,
            'json_parse("wards")',
            "json_parse",
            Unresolved("the column json_parse of api_response_wards", False),
        ),
        (
            RECAST,
            "after.id",
            "after.id",
            Unresolved("the column id of increment_wards and wards", there=True),
        ),
        (RECAST, 'after."name"', 'after."name"', Unresolved("the column name of increment_wards", False)),
        (ODD, 'after."a.b"', 'after."a.b"', Unresolved("the column a.b of increment_wards", False)),
        ('SELECT day FROM "raw"."wards"', "day", "day", Unresolved("the column day of wards", there=True)),
        ('SELECT id FROM "raw"."gone"', "id", "id", None),
        ("SELECT id", "id", "id", None),
    ],
)
def test_a_column(sql: str, text: str, name: str, expected: Unresolved | None) -> None:
    assert unresolved(Known(), sql, reason(sql, text, name).replace('"', "")) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wards", Unresolved("the table wards", there=True)),
        ("gone", Unresolved("the table gone", there=False)),
    ],
)
def test_a_table(name: str, expected: Unresolved) -> None:
    told = f"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.raw.{name}' does not exist"
    assert unresolved(Known(), f'SELECT * FROM "raw"."{name}"', told) == expected


def test_what_is_about_no_name() -> None:
    assert unresolved(Known(), 'SELECT 1 FROM "raw"."wards"', "HIVE_BAD_DATA: no Parquet") is None
