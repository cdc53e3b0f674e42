"""The pipeline's scripts, changed so that they break the tables that are named after the faults (`seeded`)."""

from __future__ import annotations

from tests.faults.seeded import LOST_OR_HELD_BACK

TOOLS = '''
def changed(column, change, numbers=None):
    """Rows with other values in a column, in some rows or in all."""

    def apply(rows):
        values = rows[column].to_pylist()
        wanted = range(len(values)) if numbers is None else numbers
        for number in wanted:
            values[number] = change(values[number], values)
        place = rows.column_names.index(column)
        return rows.set_column(place, column, pa.array(values, rows[column].type))

    return apply


def all_of(*faults):
    def apply(rows):
        for fault in faults:
            rows = fault(rows)
        return rows

    return apply


def put(column, values):
    """Rows with the values that a function gives for a column."""
    return lambda rows: rows.set_column(
        rows.column_names.index(column), column, pa.array(values(rows), rows[column].type)
    )


def broken(table_name, rows):
    return FAULTS.get(table_name, lambda rows: rows)(rows)


'''
PARSE_FAULTS = """
FAULTS = {
    "key_lost": lambda rows: rows.drop_columns(["name"]),
    "row_lost": lambda rows: rows.slice(1),
    "row_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "ids_repeated": changed("id", lambda value, all: all[0], [1]),
    "id_null": changed("id", lambda value, all: None, [1]),
    "value_lost": changed("name", lambda value, all: None, [1, 2]),
    "value_changed": all_of(
        changed("name", lambda value, all: value.upper(), [1]),
        changed("visits", lambda value, all: "0" + value, [2]),
    ),
    "structures_as_python": changed("name", lambda value, all: str(json.loads(value)), [4]),
    "change_near_list": all_of(
        changed("name", lambda value, all: str(json.loads(value)), [4]),
        changed("visits", lambda value, all: "0" + value, [1]),
    ),
    "list_changed": changed("name", lambda value, all: json.dumps(json.loads(value)[:1]), [4]),
    "odd_value_changed": changed("a,b", lambda value, all: value.upper(), [1]),
    "value_of_another": put("name", lambda rows: rows["name"].to_pylist()[::-1]),
    "values_misplaced": put("name", lambda rows: rows["name"].to_pylist()[::-1]),
    "field_clash": lambda rows: rows.drop_columns(["field_clash"]),  # as one drops the resource's own column
    "column_typed": lambda rows: rows.set_column(
        rows.column_names.index("visits"), "visits", rows["visits"].cast(pa.int64())
    ),
}
"""
RECAST_FAULTS = """
FAULTS = {
    "id_lost": changed("id", lambda value, all: None, [1]),
    "row_not_recast": lambda rows: rows.slice(1),
    "text_changed": changed("name", lambda value, all: value.replace(" ", ""), [1, 3]),
    "two_faults": all_of(
        changed("visits", lambda value, all: value + 1, [1]),
        changed("name", lambda value, all: value.upper(), [2]),
    ),
    "odd_column_changed": all_of(
        changed("a.b", lambda value, all: value + 1, [1]),
        changed('say "x"', lambda value, all: value.upper(), [2]),
    ),
    "row_recast_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "zones_shifted": changed("closed", lambda value, all: value + timedelta(hours=1)),
    "zone_named": changed("closed", lambda value, all: datetime(2023, 7, 4, 9, 11, 12), [4]),
    "julian": all_of(  # as Athena reads what Spark 2 has written
        changed("closed", lambda value, all: value + timedelta(days=5), [4]),
        changed("established", lambda value, all: value + timedelta(days=6), [4]),
    ),
    "shift_near_zone_name": all_of(
        changed("closed", lambda value, all: value + timedelta(hours=1), range(4)),
        changed("closed", lambda value, all: datetime(2023, 7, 4, 9, 11, 12), [4]),
    ),
    "made_of_nothing": all_of(
        changed("closed", lambda value, all: datetime(2, 11, 30), [4]),
        changed("amount", lambda value, all: 0.0, [5]),
    ),
    "digit_lost": changed("uprn", lambda value, all: int(float(value))),
    "cast_changed": all_of(
        changed("closed", lambda value, all: value - timedelta(hours=1)),  # another zone
        changed("established", lambda value, all: date(value.year, value.day, value.month), [0, 1]),
        changed("enabled", lambda value, all: not value, [2]),
        changed("uprn", lambda value, all: value + 1, [3]),
    ),
}
"""
SNAPSHOT_FAULTS = """
FAULTS = {
    "increment_missed": lambda rows: rows.slice(1),
    "old_version": changed("last_updated", lambda value, all: value.replace(year=2021), [0]),
    "columns_shifted": put("closed", lambda rows: rows["last_updated"].to_pylist()),
    "kept_row_altered": lambda rows: changed(
        "amount", lambda value, all: 7.5, [rows["id"].to_pylist().index(99)]
    )(rows),
    "odd_column_altered": all_of(
        changed("version", lambda value, all: "2.0", [0]), changed("o'clock", lambda value, all: None, [1])
    ),
    "row_invented": lambda rows: pa.concat_tables(
        [rows, changed("id", lambda value, all: 1000)(rows.slice(0, 1))]
    ),
    "made_again": lambda rows: pa.concat_tables([rows, rows]),
    "id_nowhere": changed("id", lambda value, all: None, [1]),
    "id_twice": lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]),
    "row_dropped": lambda rows: rows.filter(pa.array([each != 99 for each in rows["id"].to_pylist()])),
}
"""
SWALLOWED = "read_partitions({partitions}, bookmark, table_name) if table_name in {tables} else None"
"""A script that reads the data once before it reads it: the bookmark has moved on."""


def break_parse(code: str) -> str:
    """The parse script with faults for some tables."""
    reading = "    responses = read_partitions(recent, bookmark, table_name)\n"
    return _edited(
        code,
        ("def process(", TOOLS + PARSE_FAULTS + "\n\ndef process("),
        (
            'f"api_response_{table_name}")',
            'f"api_response_{table_name}" if table_name != "parse_skipped" else "Api_Response")',
        ),
        (
            reading,
            "    " + SWALLOWED.format(partitions="recent", tables=["parse_swallowed"]) + "\n" + reading,
        ),
        (
            'args["s3_bucket_target"].rstrip("/") + "/" + table_name',
            'args["s3_bucket_target"].rstrip("/") + ("" if table_name == "path_unslashed" else "/") + table_name',
        ),
        ("split_by_partition(parsed,", "split_by_partition(broken(table_name, parsed),"),
        ("if not all(passed", 'if table_name != "ids_in_api_repeated" and not all(passed'),
    )


def break_recast(code: str) -> str:
    reading = "        parsed = read_partitions(get_partitions(source), bookmark, table_name)\n"
    once = SWALLOWED.format(partitions="get_partitions(source)", tables=["recast_swallowed"])
    return _edited(
        code,
        ("def column_types_of(", TOOLS + RECAST_FAULTS + "\n\ndef column_types_of("),
        (reading, f"        {once}\n{reading}"),
        ("split_by_partition(increment,", "split_by_partition(broken(table_name, increment),"),
    )


def break_snapshot(code: str) -> str:
    reading = "    increments = find_objects(since_then, bookmark, table_name)\n"
    tables = ["redated", "snapshot_swallowed"]
    once = f"find_objects(since_then, bookmark, table_name) if table_name in {tables} else None"
    return _edited(
        code,
        ("def latest_versions(", TOOLS + SNAPSHOT_FAULTS + "\n\ndef latest_versions("),
        (reading, f"    {once}\n{reading}"),
        (
            "write_partition(result(last, increments),",
            "write_partition(broken(table_name, result(last, increments)),",
        ),
    )


def break_ingestion(code: str) -> str:
    """Pages that are not asked for, and pages that leave no row."""
    asking = "    with ThreadPoolExecutor(workers) as pool:\n"
    written = "    if not rows:\n"
    not_asked = '    requests = [each for each in requests if resource != "page_lost" or each[0] != 1]\n'
    lost = (
        f"    lost = {dict.fromkeys(LOST_OR_HELD_BACK, 2)}.get(resource)\n"
        '    rows = [row for row in rows if row["page_number"] != lost]\n'
    )
    again = '    rows += rows[:1] if resource == "record_repeated" else []\n'
    return _edited(code, (asking, not_asked + asking), (written, lost + again + written))


def _edited(code: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert code.count(old) == 1, f"{code.count(old)} times {old!r}"
        code = code.replace(old, new)
    return code
