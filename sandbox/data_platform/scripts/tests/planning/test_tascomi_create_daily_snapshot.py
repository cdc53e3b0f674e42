import pyarrow as pa
import pytest
from jobs.planning.tascomi_create_daily_snapshot import latest_versions, update


def records(*rows):
    return pa.Table.from_pylist(
        [{"id": number, "name": name, "last_updated": day} for number, name, day in rows]
    )


def names(table):
    return {row["id"]: row["name"] for row in table.to_pylist()}


def test_a_changed_record_takes_the_place_of_the_old_one():
    snapshot = records((1, "old", "2024-01-01"), (2, "kept", "2024-01-01"))
    assert names(update(snapshot, records((1, "new", "2024-01-02")))) == {1: "new", 2: "kept"}


def test_a_new_record_is_added():
    snapshot = records((1, "kept", "2024-01-01"))
    assert names(update(snapshot, records((2, "new", "2024-01-02")))) == {1: "kept", 2: "new"}


def test_of_several_versions_the_latest_counts():
    increments = records((1, "first", "2024-01-02"), (1, "last", "2024-01-03"), (1, "undated", None))
    assert names(latest_versions(increments)) == {1: "last"}


def test_a_column_that_the_snapshot_lacks_is_refused():
    snapshot = records((1, "kept", "2024-01-01"))
    increments = records((1, "new", "2024-01-02")).append_column("added", pa.array(["value"]))
    with pytest.raises(ValueError, match="added"):
        update(snapshot, increments)
