"""Tables that look wrong and are right, each odd in one way: as planning data are, or a vendor's database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

UPDATED = "2023-05-04 21:22:23"
TYPES = {"integer": "id", "timestamp": "last_updated"}
UNTYPED_IDS = {"timestamp": "last_updated"}


@dataclass(frozen=True)
class Odd:
    """What the API gives, and the dictionary's entry: types of columns."""

    records: list[Record]
    types: Mapping[str, str] = field(default_factory=lambda: TYPES)


def record(row: int, /, **others: Any) -> Record:
    return {"id": str(row), "last_updated": UPDATED} | others


def texts(*values: str | None, column: str = "note") -> Odd:
    """A column that stays text, with a record for each value."""
    return Odd([record(number, **{column: value}) for number, value in enumerate(values, 1)])


def typed(kind: str, *values: str | None) -> Odd:
    """A column of a type of the dictionary, with a record for each value."""
    types = {**TYPES, kind: f"{TYPES.get(kind, '')} typed".strip()}
    return Odd([record(number, typed=value) for number, value in enumerate(values, 1)], types)


def ids(*values: str) -> Odd:
    """Ids that stay text."""
    return Odd(
        [record(row, name=f"Of {value}") | {"id": value} for row, value in enumerate(values)], UNTYPED_IDS
    )


def numbers(kind: str, *values: str) -> Odd:
    """Ids of a type of the dictionary."""
    types = {kind: "id", "timestamp": "last_updated"}
    return Odd([record(row, name=f"Of {value}") | {"id": value} for row, value in enumerate(values)], types)


def columns(names: Iterable[str], types: Mapping[str, str] = TYPES) -> Odd:
    """Columns of these names: values in some rows, none in others."""
    names = list(names)
    found = [
        record(
            row,
            **{name: None if (row + place) % 3 == 0 else f"{name} {row}" for place, name in enumerate(names)},
        )
        for row in (1, 2, 3)
    ]
    return Odd(found, types)


def rows(count: int) -> Odd:
    return Odd([record(number, name=f"The {number}. ward") for number in range(1, count + 1)])


BOOLEANS = "t true y yes 1 f false n no 0"  # as Spark casts them
SQL_WORDS = (
    "select from where group order having limit offset join on using union all distinct as case when then else end "
    "null true false not and or in exists between like is cast with values insert delete update table into create "
    "row map array interval timestamp date time user current_date natural cross lateral unnest partition key"
)
ALIASES = (  # that the queries give; but for a, by which the playbook's orders: Athena takes that for the column
    "after before fields texts usual record good blank page row_count record_count page_count id_count value_count "
    "version source row_digest fresh todays lasts increments altereds freshs newest_todays newest_increment "
    "lost_0 changed_0 texts_2 parsed_1 json_1 altered_0 lost_keys missing_count k v today last increment generation "
    "last_import_date g count sum"
)

TEXTS = {
    "text_spaces": texts(
        " before", "after ", "  ", "two  within", "\u00a0hard\u00a0", "\u3000wide\u3000", "\u2009"
    ),
    "text_emoji": texts("🏗️ works", "👩‍👩‍👧‍👦", "🇬🇧", "1️⃣", "👍🏽"),
    "text_quotes": texts("'", "''", '"', '""', "O'Brien's", "`", "“typed”", "‘’", "''''", "5' 11\""),
    "text_line_breaks": texts(
        "\n", "a\nb", "a\r\nb", "\r", "a\u2028b", "a\u0085b", "a\x0bb", "a\x0cb", "\n\n a"
    ),
    "text_nul": texts("\x00", "a\x00b", "\x00\x00", "a\x00", "a"),
    "text_tabs": texts("\t", "a\tb", "\ta", "a\t"),
    "text_controls": texts(*(f"a{chr(code)}b" for code in (*range(1, 32), 127, 128, 159))),
    "text_million": texts("x" * 1_000_000, "ß" * 500_000, "short"),
    "text_separators": texts("\x1e", "\x1f", "a\x1fb", "\x1e\x1f\x1e", "\x1f\x1f", None, ""),
    "text_backslashes": texts("\\", "\\\\", "C:\\plans\\new", "\\n", "\\u0041", "a\\", '\\"'),
    "text_regex": texts(".*", "^$", "[a-z]+", "(?i)x", "$1", "a|b", "{2,3}", "\\d", "(", "["),
    "text_json": texts(
        '{"a": 1}', '["a", null]', '"quoted"', "true", "1.5", '{"a": {"b": [1e5]}}', '{"broken'
    ),
    "text_null_words": texts("null", "NULL", "None", "NaN", "nil", "N/A", "\\N", "undefined", None, "", "-"),
    "text_brackets": texts("{}", "[]", "()", "<>", "{{}}", "[{}]"),
    "text_html": texts(
        "<p>Plan</p>", "<script>alert(1)</script>", "&amp;&#39;", "<!-- -->", "<br/>", "a<b>c"
    ),
    "text_rtl": texts("مبنى", "בית", "\u202eabc\u202c", "abc مبنى 12", "\u200f"),
    "text_combining": texts("é", "e\u0301", "Z\u0351\u036b\u0343", "ﬁ", "Å", "\u212b", "a\u0308"),
    "text_capitals": texts("STRASSE", "straße", "STRAẞE", "İi", "ıI", "ǅ", "ﬀ"),
    "text_invisible": texts(
        "\ufeffa", "a\u200bb", "\u200d", "\u2060", "\ufffd", "\uffff", "\ufffe", "\u00ad"
    ),
    "text_planes": texts("漢字", "𠮷野家", "𝒜", "\U0010ffff", "\ue000", "नमस्ते", "ไทย"),
    "text_sql": texts("'; DROP TABLE wards; --", "/* */", "' OR 1=1", "SELECT 1", '"', "?", ":id", "%", "_"),
    "text_formats": texts("%s", "%d%%", "{0}", "{id}", "${x}", "#{x}", "$$", "$0", "{{ x }}"),
    "text_csv": texts("a,b", '"a","b"', "a;b", "a|b", ",", '"', "=1+1", "@cmd", "\x01"),
    "text_places": texts(
        "TQ 345 845", "E8 1EA", "0012345", "51°32′N", "51.5, -0.05", "½ Mare St", "1–3", "1/2"
    ),
    "text_contacts": texts(
        "+44 20 7946 0000", "020-7946 0000", "a.b+c@example.org", "HTTP://x.y/?a=b&c=%20#d"
    ),
    "text_sums": texts("£1,234.50", "1e5", "0x1F", "1_000", "-0", "+5", "00", "1.", ".5", "١٢٣", "Ⅻ"),
    "text_dates": texts("31/12/2023", "2023-02-30", "0000-00-00", "4 May", "20230504", "12:61", "24:00:00"),
    "text_booleans": texts("true", "TRUE", "t", "yes", "1", "0", "on", "off", "✓"),
    "text_markup": texts(
        "# Head\n| a | b |", "{\\rtf1}", "<?xml version='1.0'?>", "]]>", "```", "\x1b[31mred", "\x07"
    ),
    "text_geometry": texts(
        "POINT (530000 180000)", '{"type": "Point", "coordinates": [0, 51.5]}', "((" * 500
    ),
    "text_encoded": texts("JVBERi0xLjQK" * 500 + "==", "%20%00", "\\x00", "=?utf-8?q?=C3=A9?=", "Ã©", "â€œ"),
    "text_empty": texts("", "", ""),
    "text_same": texts(*["the same"] * 5),
}

TYPED = {
    "typed_spaces": typed("integer", " 5", "5 ", " 5 ", "\t5", "5\n", "", " ", None),
    "typed_plus": typed("integer", "+5", "-5", "+0", "-0", "0", "000", "0005"),
    "typed_bounds": typed("integer", "2147483647", "-2147483648", "2147483647.0"),
    "typed_points": typed("integer", "12.0", "12.", "-3.00", "+8.0"),
    "typed_long": typed("long", "9223372036854775807", "-9223372036854775808", "9007199254740993", "0"),
    "typed_minus_zero": typed("double", "-0.0", "0.0", "-0", "+0", "0", "0e5"),
    "typed_huge": typed(
        "double", "1e308", "-1.7976931348623157E308", "5e-324", "1e-400", "12345678901234567890"
    ),
    "typed_fractions": typed("double", "0.1", ".5", "5.", "+2.50", "0.1234567890123456789", "1E3", "1e-3"),
    "typed_infinite": typed("double", "Infinity", "-Infinity"),
    "typed_float": typed("float", "530123.25", "-0.1", "1.10", "16777217"),
    "typed_booleans": typed(
        "boolean",
        *(spelt for word in BOOLEANS.split() for spelt in (word, word.upper(), f" {word} ")),
    ),
    "typed_no_values": typed("timestamp", None, "", " "),
    "time_long_ago": typed("timestamp", "1066-10-14 09:00:00", "1582-10-15 00:00:00", "1000-01-01 00:00:00"),
    "time_before_1000": typed("timestamp", "0999-12-31 23:59:59", "0001-01-01 00:00:00"),
    "time_never": typed("timestamp", "9999-12-31 23:59:59", "9999-12-31", "9999-12-31 00:00:00"),
    "time_of_epoch": typed("timestamp", "1970-01-01 00:00:00", "1969-12-31 23:59:59", "1900-01-01 00:00:00"),
    "time_leap_days": typed(
        "timestamp", "2024-02-29 00:00:00", "2000-02-29 23:59:59", "1904-02-29", "2024-12-31"
    ),
    "time_of_gaps": typed(
        "timestamp",
        "2023-03-26 01:30:00",
        "2023-03-26 01:00:00",
        "2023-10-29 01:30:00",
        "2023-03-12 02:30:00",
    ),
    "time_of_day_left_out": typed(
        "timestamp", "2023-05-04", "2023-5-4", "2023-05-04 10:11", "2023-05", "2023"
    ),
    "time_fractions": typed(
        "timestamp",
        *(f"2023-05-04 10:11:12.{digits}" for digits in ("1", "12", "123", "123456", "999999", "9995")),
    ),
    "time_iso": typed(
        "timestamp",
        "2023-05-04T10:11:12",
        "2023-05-04T10:11:12Z",
        "2023-05-04T10:11:12.5+01:00",
        "2023-05-04 10:11:12 Z",
    ),
    "time_short": typed("timestamp", "2023-5-4 1:2:3", "2023-05-04 1:02:03", "2023-05-4 01:2:3"),
    "date_odd": typed("date", "1066-10-14", "9999-12-31", "2024-02-29", "0999-01-01", "2023-5-4", "2023-05"),
    "date_with_time": typed("date", "2023-05-04 00:00:00", "2023-05-04T10:11:12Z", "2023-05-04 23:59:59.999"),
}

IDS = {
    "ids_references": ids("2023/0001/FUL", "2023/0001/LBC", "PA-1", "PA_1", "PA.1", "#5"),
    "ids_padded": ids("007", "0007", "7", "07.0"),
    "ids_uuid": ids("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "{6F9619FF-8B86-D011-B42D-00CF4FC964FE}"),
    "ids_hex": ids("1e3", "1e4", "0x10", "abc", "1d", "2f"),
    "ids_alike": ids("a1", "A1", "á1", "a-1", "a 1"),
    "ids_unicode": ids("Ünïcode-1", "漢字", "🏗️1", "e\u0301", "é"),
    "ids_quoted": ids("O'Brien", 'a"b', "a,b", "a\\b", "%", "a\x1fb"),
    "ids_nulls": ids("null", "NULL", "{}", "NaN"),
    "ids_long": ids("x" * 300, "x" * 301),
    "ids_negative": numbers("integer", "-1", "-2", "0", "1", "-2147483648"),
    "ids_huge": numbers(
        "long", "9223372036854775807", "9007199254740993", "9007199254740992", "9223372036854775806"
    ),
    "ids_written_oddly": numbers("integer", "+8", "007", "12.0", " 5 "),
    "ids_whole_but_one": ids("1", "2", "3", "4b"),
}

SHAPES = {
    "one_row": rows(1),
    "one_page": rows(50),
    "page_and_one": rows(51),
    "two_pages": rows(100),
    "keys_reordered": Odd(
        [
            dict(reversed(record(n, name="A", code="B").items())) if n % 2 else record(n, code="B", name="A")
            for n in range(1, 6)
        ]
    ),
    "keys_missing": Odd(
        [record(1), record(2, name="A"), record(3, code="B"), record(4, name=None, code="C"), record(5)]
    ),
    "keys_sparse": Odd([record(n, **{f"only_{n}": "x"}) for n in range(1, 9)]),
    "all_null": Odd([record(n, name=None, code=None) for n in range(1, 4)]),
    "all_empty": Odd([record(n, name="", code="") for n in range(1, 4)]),
    "bare": Odd([record(n) for n in range(1, 4)]),
    "rows_alike": Odd([record(n, name="The same", code="X") for n in range(1, 8)]),
    "unquoted_values": Odd(
        [
            record(1, number=1, share=1.5, flag=True, nothing=None),
            record(2, number=-3, share=2.0, flag=False, nothing=None),
            record(3, number=12345678901234567890, share=1e3, flag=None, nothing=None),
        ]
    ),
    "values_mixed": Odd([record(n, value=v) for n, v in enumerate(("a", 1, 1.5, True, None, "", "1"), 1)]),
    "ids_mixed": Odd([{"id": 1, "last_updated": UPDATED}, {"id": "2", "last_updated": UPDATED}]),
    "nested": Odd([record(1, place={"x": 1, "tags": ["a", None]}), record(2, place=[]), record(3, place={})]),
    "updated_as_text": Odd([record(n, note="x") for n in (1, 2)], {"integer": "id"}),
    "some_of_today": Odd(
        [
            record(n, last_updated=f"{datetime.now(UTC):%F} 00:00:01" if n % 2 else UPDATED)
            for n in range(1, 60)
        ]
    ),
    "updated_in_fractions": Odd([record(n) | {"last_updated": f"2023-05-04 10:11:12.{n}5"} for n in (1, 2)]),
    "updated_long_ago": Odd([record(n) | {"last_updated": "1999-12-31 23:59:59"} for n in (1, 2)]),
    "updated_at_once": Odd([record(n) | {"last_updated": "2023-05-04 00:00:00"} for n in range(1, 6)]),
    "updated_in_iso": Odd([record(n) | {"last_updated": f"2023-05-0{n}T10:11:12"} for n in (1, 2)]),
}

COLUMNS = {
    "columns_of_sql": columns(SQL_WORDS.split()),
    "columns_like_aliases": columns(ALIASES.split()),
    "columns_of_digits": columns(["1", "2023", "007", "1st", "2_b"]),
    "columns_underscored": columns(["_", "__", "_id", "_last_updated", "name_", "_1"]),
    "columns_many": columns([f"attribute_{number}" for number in range(320)]),
    "columns_long": columns(["x" * 255, "y" * 128, "a_" * 100]),
    "columns_like_keys": columns(
        ["year", "month", "day", "date", "partition_0", "importdate", "import_dates", "snapshot", "import"]
    ),
    "columns_like_parts": columns(
        ["id_", "id2", "ids", "api_response", "page", "url", "exception", "resource", "data"]
    ),
    "columns_of_values": columns(["nan", "none", "undefined", "0", "-", "true_"]),
    "column_with_dot": columns(["site.visit", "a.b.c", ".x", "y."]),
    "column_with_space": columns(["site visit", "a  b"]),
    "column_with_umlaut": columns(["straße", "größe", "naïve", "漢字", "è", "emoji🏗️"]),
    "column_with_capitals": columns(["SiteVisit", "UPRN", "camelCase"]),
    "column_with_hyphen": columns(["site-visit", "a--b", "-x", "a/b", "a\\b"]),
    "column_with_quotes": columns(['say "x"', "o'brien", "`tick`", '"', "'"]),
    "column_with_brackets": columns(["amount (£)", "a[0]", "{x}", "<b>", "count(*)"]),
    "column_with_signs": columns(
        ["a,b", "a;b", "a=b", "a:b", "50%", "#", "a|b", "a&b", "$x", "@y", "a?", "a*", "~", "!", "a\tb"]
    ),
    "column_typed_oddly": Odd(
        [
            record(n, **{"site visits": f"{n}", "straße": f"2023-05-0{n} 10:11:12", "a.b": "yes"})
            for n in (1, 2)
        ],
        {"integer": "id", "timestamp": "last_updated straße", "boolean": "a.b"},
    ),
}

NAMES = {
    name: texts("x", "y")
    for name in ("order", "select", "user", "2023_list", "null", "row_count", "t", "increment", "x" * 120)
}

ODD: dict[str, Odd] = {**TEXTS, **TYPED, **IDS, **SHAPES, **COLUMNS, **NAMES}

SAMPLE = {
    table: ODD[table]
    for table in (
        *(
            "text_separators",
            "text_nul",
            "time_before_1000",
            "ids_huge",
            "some_of_today",
            "columns_like_aliases",
        ),
        *("column_with_quotes", "column_typed_oddly"),
    )
}
"""What is always played: some of what was red before it was right."""
