"""What a failed run says: the words of the scripts, of Spark and of Glue are reported, and nobody's values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandbox
from acceptance.branch.checkout import DataPlatform
from acceptance.privacy.foreign_text import Code, Discretion
from acceptance.privacy.redaction import WITHHELD

SCRIPT = """
def fail(code, resource, query, error, value, metrics, path):
    raise Exception("--resource value must be defined in the job arguments")
    raise Exception(f"Received status code {code} whilst trying to get number of pages for {resource}, {query}")
    raise SystemExit("One of the tables has failed its checks")
    raise SystemExit(f"Data quality test failed: {metrics}")
    raise Exception(f"Cannot go on with {resource}: {error}")
    raise ValueError("%s has no rows of %d" % (resource, code))
    raise RuntimeError("Nothing to read in {}".format(path))
    raise RuntimeError("There is nothing left in " + path)
    raise KeyError(value)
    logger.error("Failed")
"""
WHO = "Zebedee Canary"
FILE = "s3a://dataplatform-stg-refined-zone/planning/tascomi/snapshot/wards/snapshot_year=2026/part-0.c000.parquet"


@pytest.fixture(scope="module")
def discretion(tmp_path_factory: pytest.TempPathFactory) -> Discretion:
    code = Code(DataPlatform(sandbox.sample_checkout(tmp_path_factory.mktemp("platform")), "DPP-426").branch)
    code.sources = [*code.sources, SCRIPT]
    return Discretion(code)


OF_THE_SCRIPTS = {
    "a text": ("--resource value must be defined in the job arguments",) * 2,
    "a text for everybody": ("One of the tables has failed its checks",) * 2,
    "names": ("Received status code 500 whilst trying to get number of pages for wards, id",) * 2,
    "a value": (
        f"Received status code 500 whilst trying to get number of pages for wards, {WHO}",
        f"Received status code 500 whilst trying to get number of pages for wards, {WITHHELD}",
    ),
    "metrics": ("Data quality test failed: {'wards': ('Uniqueness(id)', 0.5)}",) * 2,
    "metrics with a value": (
        f"Data quality test failed: {{'wards': '{WHO}'}}",
        f"Data quality test failed: {{'wards': '{WITHHELD}'}}",
    ),
    "a message within a message": (
        "Cannot go on with wards: ValueError: wards has no rows of 7",
        "Cannot go on with wards: ValueError: wards has no rows of 7",
    ),
    "a value within a message": (
        f"Cannot go on with wards: ValueError: {WHO} has no rows of 7",
        f"Cannot go on with wards: ValueError: {WITHHELD} has no rows of 7",
    ),
    "an address": (f"Nothing to read in {FILE}",) * 2,
    "another's address": ("Nothing to read in s3://zebedee/canary", f"Nothing to read in {WITHHELD}"),
    "a text put together": (f"There is nothing left in {FILE}",) * 2,
}
AROUND = [
    "{}",
    "Exception: {}",
    "SystemExit: {}",
    "__main__.DataError: {}",
    "An error occurred while calling o123.pyWriteDynamicFrame. {}",
    "py4j.protocol.Py4JJavaError: An error occurred while calling o9.showString. {}",
    "2026-11-27 18:08:28,123 ERROR [main] glue.ProcessLauncher (Logging.scala:logError(70)): Exception: {}",
    "26/11/27 18:08:28 ERROR GlueLogger: {}",
    "2026-11-27 18:08:28,123 - INFO - {}",
    "ERROR:root:{}",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("message", OF_THE_SCRIPTS)
def test_a_scripts_message_is_reported_wherever_it_stands(
    discretion: Discretion, message: str, around: str
) -> None:
    said, reported = OF_THE_SCRIPTS[message]
    (line,) = discretion.log([around.format(said)])
    assert line.endswith(reported)
    assert discretion.job_error(around.format(said)).endswith(reported)
    assert "Canary" not in line


@pytest.mark.parametrize(
    ("error", "reported"),
    [
        (
            f"org.apache.spark.SparkFileNotFoundException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while "
            f"reading file {FILE}. File does not exist. It is possible the underlying files have been updated.",
            f"org.apache.spark.SparkFileNotFoundException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while "
            f"reading file {FILE}. File does not exist. It is possible the underlying files have been updated.",
        ),
        (
            "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `enabled` "
            f"cannot be resolved. Did you mean one of the following? [`id`, `{WHO}`].",
            "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `enabled` "
            f"cannot be resolved. Did you mean one of the following? [`id`, `{WITHHELD}`].",
        ),
        (
            'pyspark.sql.utils.AnalysisException: Cannot resolve column name "enabled" among (id, last_updated)',
            'pyspark.sql.utils.AnalysisException: Cannot resolve column name "enabled" among (id, last_updated)',
        ),
        (
            "An error occurred while calling o98.save.\n: org.apache.spark.SparkException: Job aborted.\n"
            f"\tat org.apache.spark.sql.X$.y(X.scala:1)\nCaused by: java.io.FileNotFoundException: File {FILE} does "
            "not exist\n\t... 23 more",
            "An error occurred while calling o98.save. : org.apache.spark.SparkException: Job aborted. Caused by: "
            f"java.io.FileNotFoundException: File {FILE} does not exist",
        ),
        (
            "An error occurred while calling o98.pyWriteDynamicFrame. Job aborted due to stage failure: Task 0 in "
            "stage 3.0 failed 4 times, most recent failure: Lost task 0.3 in stage 3.0 (TID 13): "
            "org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value "
            f"'{WHO}' of the type \"STRING\" "
            'cannot be cast to "INT" because it is malformed.',
            "An error occurred while calling o98.pyWriteDynamicFrame. Job aborted: "
            f"org.apache.spark.SparkNumberFormatException: [CAST_INVALID_INPUT] The value {WITHHELD} of the type "
            '"STRING" cannot be cast to "INT" because it is malformed.',
        ),
        (
            f"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] what nobody knows of {WHO}",
            f"[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] {WITHHELD}",
        ),
        (
            f"Exception in User Class: java.io.IOException : com.amazonaws.AmazonS3Exception: for {WHO}",
            f"Exception in User Class: java.io.IOException : com.amazonaws.AmazonS3Exception: {WITHHELD}",
        ),
        (f"KeyError: {WHO!r}", f"KeyError: {WITHHELD}"),
        ("Exception", "Exception"),
    ],
)
def test_an_engines_error_is_reported_without_values(
    discretion: Discretion, error: str, reported: str
) -> None:
    assert discretion.job_error(error) == reported


@pytest.mark.parametrize(
    "said",
    [
        "Spark jobs need pyspark, which is not installed. Run: pip install -r requirements-spark.txt",
        "Spark 3.5.4 needs a Java of version 8 to 21, and there is none. Run: pip install -r requirements-spark.txt",
        "sandbox.spark.not_covered.NotCovered: The sandbox's Glue library has no format option 'jsonPath' of json. "
        "Only Glue itself can run this script.",
    ],
)
def test_what_the_sandbox_cannot_run_is_reported(discretion: Discretion, said: str) -> None:
    assert discretion.job_error(said) == said
    assert WHO not in discretion.job_error(f"{said} {WHO}")


def test_the_log_has_the_task_too(discretion: Discretion) -> None:
    line = (
        "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure: Lost task 0.3 in "
        "stage 3.0 (TID 13): java.io.IOException: No such file or directory"
    )
    assert discretion.log([line]) == [line]


@pytest.mark.parametrize(
    "line",
    [
        WHO,
        "Failed for Zebedee",  # one word of the script's, in anybody's sentence
        "last_updated of Zebedee",
        "[ZEBEDEE] Canary",
        "zebedee@example.com: ValueErrors",
        f"26/11/27 18:08:28 INFO SparkContext: {WHO}",
    ],
)
def test_a_line_of_nobodys_is_withheld(discretion: Discretion, line: str) -> None:
    (told,) = discretion.log([line])
    assert told.startswith("(1 line withheld")


def test_javas_call_stack_is_left_out(discretion: Discretion) -> None:
    lines = ["Exception", "\tat org.apache.spark.sql.X$.$anonfun$y$1(X.scala:661)", "\t... 23 more"]
    assert discretion.log(lines) == ["Exception"]


VALUES = st.text(st.characters(categories=["L"]), min_size=4, max_size=20).map(lambda text: f"Zebedee{text}")


@given(
    VALUES, st.sampled_from(AROUND), st.sampled_from(["{}", "{} has no rows of 7", "ValueError: {}", "`{}`"])
)
def test_no_value_is_reported(discretion: Discretion, value: str, around: str, within: str) -> None:
    text = around.format(within.format(value))
    assert value not in "".join([*discretion.log([text]), discretion.job_error(text)])
