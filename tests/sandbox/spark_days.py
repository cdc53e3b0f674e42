"""A Spark job's script that asks for the day in each way there is, and prints what it was told, by case.

Its sandbox's clock is days ahead (`tests/sandbox/test_spark_clock.py`).
"""

# As scripts ask; the zone is UTC.
# ruff: noqa: DTZ005, DTZ011

import datetime
import json
import time
from datetime import date, timedelta

import pandas as pd
from awsglue.context import GlueContext
from pyspark.context import SparkContext
from pyspark.sql import functions as F

glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def one(frame):
    (row,) = frame.collect()
    return list(row)


@case
def sql():
    return one(
        spark.sql(
            "SELECT current_date, current_date(), curdate(), to_date(now()), date(current_timestamp),"
            " date(localtimestamp()), date(timestamp_seconds(unix_timestamp())), (SELECT max(current_date()))"
        )
    )


@case
def special_texts():
    return one(
        spark.sql(
            "SELECT to_date('today'), CAST(' Today UTC' AS TIMESTAMP), CAST('now' AS TIMESTAMP_NTZ),"
            " date_add(CAST('yesterday' AS DATE), 1), CAST(CAST(current_date() AS STRING) AS DATE),"
            " to_date(left(date_format(now(), 'yyyy-MM-dd HH'), 10))"
        )
    )


@case
def functions():
    return one(
        spark.range(1).select(
            F.current_date(),
            F.curdate(),
            F.to_date(F.now()),
            F.to_date(F.current_timestamp()),
            F.to_date(F.localtimestamp()),
            F.to_date(F.timestamp_seconds(F.unix_timestamp())),
            F.expr("current_date"),
            F.lit("today").cast("date"),
        )
    )


@case
def rows_of_the_day():
    """In conditions, in views, and in frames that are made of frames."""
    days = spark.range(-1, 4).select(F.date_add(F.current_date(), F.col("id").cast("int") - 1).alias("day"))
    days.createOrReplaceTempView("days")
    spark.sql("CREATE TEMPORARY VIEW later AS SELECT day, current_date() AS today FROM days")
    return one(spark.sql("SELECT day FROM later WHERE today = day AND day = current_date")) + one(
        days.where("day = current_date()").groupBy(F.current_date()).count().select("current_date()")
    )


@case
def another_session():
    return one(spark.newSession().sql("SELECT current_date()"))


@case
def one_moment():
    """As Spark has it: the same for all of a query, and what columns are called stays."""
    frame = spark.range(1).select(F.current_timestamp(), F.now().alias("one"))
    frame = frame.withColumn("other", F.expr("current_timestamp()")).select("*", F.current_date())
    return [frame.columns, frame.where("one = other AND one = `current_timestamp()`").count()]


@case
def workers():
    """A Python function of each kind, and a partition's."""
    ask = F.udf(lambda _: [str(datetime.date.today()), time.strftime("%Y-%m-%d")], "array<string>")
    back = F.udf(lambda _: datetime.datetime.now(), "timestamp")
    vector = F.pandas_udf(lambda ids: pd.Series([datetime.datetime.now()] * len(ids)), "timestamp")
    pandas = F.pandas_udf(lambda ids: pd.Series([pd.Timestamp.now()] * len(ids)), "timestamp")
    told = one(spark.range(1).select(ask("id"), F.to_date(back("id")), vector("id"), pandas("id")))
    return [
        *told[0],
        *told[1:],
        *spark.sparkContext.parallelize([0], 1).map(lambda _: date.today()).collect(),
    ]


@case
def values_through_workers():
    """What Spark, Python and another day's Python say of the same day is the same."""
    rows = spark.createDataFrame([(date.today(), datetime.datetime.now())])
    typed = spark.createDataFrame([(date.today(), datetime.datetime.now())], "day date, moment timestamp")
    later = F.udf(lambda day: day + timedelta(days=0), "date")
    inferred = rows.rdd.map(lambda row: (row[0], datetime.datetime.now())).toDF()
    return [
        *one(typed.union(rows).select("day").distinct()),
        *one(typed.select(later("day"), "moment")),
        *one(inferred),
    ]


@case
def refused():
    told = []
    java = spark._jvm
    for ask in (
        lambda: spark.sql("SELECT DATE 'today'"),
        lambda: spark.range(1).where("timestamp'now' > TIMESTAMP '2020-01-01 00:00:00'"),
        lambda: java.java.time.LocalDate.now(),
        lambda: java.java.lang.System.currentTimeMillis(),
        lambda: java.java.util.Date(),
    ):
        try:
            told.append(str(ask()))
        except Exception as error:  # noqa: BLE001  whatever it is, it is told
            told.append(f"{type(error).__name__}: {error}")
    return told


for name, run in CASES.items():
    print(name, json.dumps(run(), default=str))
