import pytest
from jobs.planning.tascomi_create_daily_snapshot import latest_versions, update
from pyspark.errors import AnalysisException

COLUMNS = "id int, name string, last_updated string"


@pytest.fixture
def records(spark):
    return lambda *rows: spark.createDataFrame(rows, COLUMNS)


def names(frame):
    return {row["id"]: row["name"] for row in frame.collect()}


def test_a_changed_record_takes_the_place_of_the_old_one(records):
    snapshot = records((1, "old", "2024-01-01"), (2, "kept", "2024-01-01"))
    assert names(update(snapshot, records((1, "new", "2024-01-02")))) == {1: "new", 2: "kept"}


def test_a_new_record_is_added(records):
    snapshot = records((1, "kept", "2024-01-01"))
    assert names(update(snapshot, records((2, "new", "2024-01-02")))) == {1: "kept", 2: "new"}


def test_of_several_versions_the_latest_counts(records):
    increments = records((1, "first", "2024-01-02"), (1, "last", "2024-01-03"), (1, "undated", None))
    assert names(latest_versions(increments)) == {1: "last"}


def test_a_column_that_the_snapshot_lacks_is_refused(spark, records):
    snapshot = records((1, "kept", "2024-01-01"))
    increments = spark.createDataFrame([(1, "new", "2024-01-02", "value")], f"{COLUMNS}, added string")
    with pytest.raises(AnalysisException):
        update(snapshot, increments).collect()
