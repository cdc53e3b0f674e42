"""A script of a Spark job that makes each call of Glue's library that the sandbox has, and prints what comes of it.

A line a case: its name and a JSON value, or what it raised. `test_spark.py` runs it, and says what to expect.
"""

import json
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import (
    ApplyMapping,
    DropFields,
    DropNullFields,
    Filter,
    Join,
    Map,
    Relationalize,
    RenameField,
    ResolveChoice,
    SelectFields,
    SelectFromCollection,
    UnnestFrame,
)
from awsglue.utils import getResolvedOptions
from pydeequ.checks import Check, CheckLevel
from pydeequ.repository import FileSystemMetricsRepository, ResultKey
from pydeequ.verification import VerificationResult, VerificationSuite
from pyspark.context import SparkContext
from pyspark.sql import functions as F

arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket", "database"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
job = Job(glue)
job.init(arguments["JOB_NAME"], arguments)
BUCKET, DATABASE = arguments["bucket"], arguments["database"]
HOME = f"s3://{BUCKET}/calls"
s3, catalog = boto3.client("s3"), boto3.client("glue")


def keys(folder):
    """Where the files below a folder of ours are, without their names."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"calls/{folder}/").get("Contents", [])
    return sorted({each["Key"].rpartition("/")[0].removeprefix("calls/") for each in found})


def rows(frame):
    return sorted(([row.asDict(recursive=True) for row in frame.toDF().collect()]), key=str)


def frame_of(data, schema):
    return DynamicFrame.fromDF(spark.createDataFrame(data, schema), glue, "given")


def write(frame, folder, form, **options):
    return glue.write_dynamic_frame.from_options(
        frame=frame,
        connection_type="s3",
        connection_options={"path": f"{HOME}/{folder}/", "partitionKeys": options.pop("partitionKeys", [])},
        format=form,
        format_options=options,
    )


def read(folder, form, **options):
    return glue.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [f"{HOME}/{folder}/"], "recurse": True},
        format=form,
        format_options=options,
    )


PEOPLE = frame_of([(1, "Ann", "04"), (2, "Bob", "05")], "id long, name string, day string")
NESTED = frame_of(
    [(1, ("E8", 5), [("a", 1), ("b", 2)]), (2, ("E9", 6), [])],
    "id long, at struct<post:string,floor:int>, items array<struct<name:string,n:int>>",
)


def parquet():
    write(PEOPLE, "parquet", "parquet", partitionKeys=["day"])
    return {"keys": keys("parquet"), "rows": rows(read("parquet", "parquet"))}


def json_lines():
    write(PEOPLE, "json", "json")
    return rows(read("json", "json"))


def csv_with_header():
    write(PEOPLE, "csv", "csv", separator="|")
    return rows(read("csv", "csv", separator="|", withHeader=True))


def csv_without_header():
    write(PEOPLE, "bare", "csv", writeHeader=False)
    return rows(read("bare", "csv"))


def nothing_to_read():
    frame = read("nothing", "parquet")
    write(frame, "nothing", "parquet")
    return {"columns": frame.toDF().columns, "count": frame.count(), "keys": keys("nothing")}


def sink():
    made = glue.getSink(
        connection_type="s3",
        path=f"{HOME}/people/",
        partitionKeys=["day"],
        enableUpdateCatalog=True,
        updateBehavior="UPDATE_IN_DATABASE",
    )
    made.setFormat("glueparquet")
    made.setCatalogInfo(catalogDatabase=DATABASE, catalogTableName="people")
    made.writeFrame(PEOPLE)
    made.writeFrame(frame_of([(3, "Cy", True, "06")], "id long, name string, active boolean, day string"))
    table = catalog.get_table(DatabaseName=DATABASE, Name="people")["Table"]
    partitions = catalog.get_partitions(DatabaseName=DATABASE, TableName="people")["Partitions"]
    return {
        "columns": {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]},
        "partitions": sorted(each["Values"] for each in partitions),
        "keys": keys("people"),
    }


def from_catalog():
    return rows(glue.create_dynamic_frame.from_catalog(database=DATABASE, table_name="people"))


def from_catalog_with_predicate():
    frame = glue.create_dynamic_frame.from_catalog(
        name_space=DATABASE, table_name="people", push_down_predicate="day > '04' and day < '06'"
    )
    return rows(frame)


def data_frame_from_catalog():
    frame = glue.create_data_frame.from_catalog(database=DATABASE, table_name="people")
    return sorted(row["name"] for row in frame.collect())


def data_frame_from_options():
    frame = glue.create_data_frame.from_options(
        connection_type="s3", connection_options={"paths": [f"{HOME}/json/"]}, format="json"
    )
    return sorted(row["name"] for row in frame.collect())


def to_catalog():
    frame = frame_of([(4, "Di", False, "07")], "id long, name string, active boolean, day string")
    glue.write_dynamic_frame.from_catalog(
        frame=frame,
        database=DATABASE,
        table_name="people",
        additional_options={"enableUpdateCatalog": True, "partitionKeys": ["day"]},
    )
    partitions = catalog.get_partitions(DatabaseName=DATABASE, TableName="people")["Partitions"]
    return {"keys": keys("people"), "partitions": sorted(each["Values"] for each in partitions)}


def sql():
    return [row.asDict() for row in glue.sql(f"SELECT max(day) AS day FROM `{DATABASE}`.people").collect()]


def spark_sql():
    return [
        list(row)
        for row in spark.sql(f"SELECT count(*) FROM `{DATABASE}`.`people` p WHERE p.id > 1").collect()
    ]


def spark_table():
    return spark.table(f"`{DATABASE}`.people").count()


def tables():
    found = glue.tables(DATABASE)
    return {
        "names": glue.tableNames(DATABASE),
        "rows": [list(row) for row in found.where("tableName = 'people'").collect()],
    }


def absent_table():
    glue.create_dynamic_frame.from_catalog(database=DATABASE, table_name="nobody")


def spark_reads_and_writes():
    spark.createDataFrame([(1, "x")], "id int, name string").write.mode("overwrite").parquet(f"{HOME}/plain")
    spark.createDataFrame([(2, "y")], "id int, name string").write.mode("overwrite").parquet(f"{HOME}/plain")
    return {
        "rows": [list(row) for row in spark.read.parquet(f"{HOME}/plain").collect()],
        "keys": keys("plain"),
    }


def written_by_boto3():
    s3.put_object(Bucket=BUCKET, Key="calls/lines/a.json", Body=b'{"n": 1}\n{"n": 2}\n')
    first = spark.read.json(f"{HOME}/lines").count()
    s3.put_object(Bucket=BUCKET, Key="calls/lines/a.json", Body=b'{"n": 1}\n')
    return [first, spark.read.json(f"{HOME}/lines").count()]


def purged_before_it_is_read():
    write(PEOPLE, "purged", "parquet")
    frame = read("purged", "parquet")
    glue.purge_s3_path(f"{HOME}/purged/", {"retentionPeriod": 0})
    left = keys("purged")
    try:
        frame.toDF().collect()
    except Exception as error:  # noqa: BLE001  told, whatever it is
        return [left, "does not exist" in str(error)]


def purging_spares_what_is_young():
    write(PEOPLE, "young", "parquet")
    glue.purge_s3_path(f"{HOME}/young/")
    return keys("young")


def purge_table():
    where = {"path": f"{HOME}/gone/", "partitionKeys": ["day"]}
    made = glue.getSink(connection_type="s3", enableUpdateCatalog=True, format="parquet", **where)
    made.setCatalogInfo(catalogDatabase=DATABASE, catalogTableName="gone")
    made.writeFrame(PEOPLE)

    def partitions():
        found = catalog.get_partitions(DatabaseName=DATABASE, TableName="gone")["Partitions"]
        return [value for each in found for value in each["Values"]]

    glue.purge_table(DATABASE, "gone")  # nothing is a week old
    kept = partitions()
    glue.purge_table(DATABASE, "gone", {"retentionPeriod": 0})
    return [kept, keys("gone"), partitions()]


def deleted_by_boto3_before_it_is_read():
    write(PEOPLE, "deleted", "parquet")
    frame = read("deleted", "parquet")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="calls/deleted/")["Contents"]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": each["Key"]} for each in found]})
    frame.toDF().collect()


def int96():
    import io

    import pyarrow.parquet as pq

    frame = spark.sql("SELECT timestamp'9999-12-31 00:00:00' AS far, timestamp'2026-01-02 03:04:05' AS near")
    write(DynamicFrame.fromDF(frame, glue, "times"), "times", "parquet")
    (found,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="calls/times/")["Contents"]
    body = s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read()
    return [
        pq.ParquetFile(io.BytesIO(body)).schema.column(0).physical_type,
        str(read("times", "parquet").toDF().first()[0]),
    ]


def apply_mapping():
    mapped = ApplyMapping.apply(
        frame=NESTED,
        mappings=[
            ("id", "long", "key", "string"),
            ("at.post", "string", "place.code", "string"),
            ("at.floor", "int", "place.level", "long"),
            ("absent", "string", "absent", "string"),
        ],
    )
    return {"schema": mapped.toDF().schema.simpleString(), "rows": rows(mapped)}


def drop_and_select():
    return {
        "dropped": DropFields.apply(frame=NESTED, paths=["items", "at.floor"]).toDF().schema.simpleString(),
        "selected": SelectFields.apply(frame=NESTED, paths=["id", "at.post", "absent"])
        .toDF()
        .schema.simpleString(),
        "renamed": RenameField.apply(PEOPLE, "name", "called").toDF().columns,
        "unnested": UnnestFrame.apply(frame=SelectFields.apply(NESTED, ["id", "at"])).toDF().columns,
        "null": DropNullFields.apply(
            frame=DynamicFrame.fromDF(PEOPLE.toDF().withColumn("void", F.lit(None)), glue, "nulls")
        )
        .toDF()
        .columns,
    }


def filter_and_join():
    ages = frame_of([(1, 30), (3, 40)], "id long, age int")
    return {
        "filtered": rows(Filter.apply(frame=PEOPLE, f=lambda row: row["id"] > 1)),
        "joined": rows(Join.apply(PEOPLE, ages, ["id"], ["id"])),
    }


def several_types():
    """A frame of files that disagree about a column."""
    write(frame_of([(1, "12")], "id long, size string"), "mixed", "parquet")
    write(frame_of([(2, 34)], "id long, size long"), "mixed", "parquet")
    return read("mixed", "parquet")


def choice():
    return rows(several_types())


def resolve_choice():
    mixed = read("mixed", "parquet")
    return {
        "cast": rows(ResolveChoice.apply(frame=mixed, specs=[("size", "cast:long")])),
        "all": rows(ResolveChoice.apply(frame=mixed, choice="cast:string")),
        "project": rows(mixed.resolveChoice(specs=[("size", "project:string")])),
        "make_cols": rows(ResolveChoice.apply(frame=mixed, choice="make_cols")),
        "make_struct": rows(ResolveChoice.apply(frame=mixed, choice="make_struct")),
        "mapped": rows(mixed.apply_mapping([("size", "string", "size", "double")])),
    }


def relationalize():
    made = Relationalize.apply(frame=NESTED, staging_path=f"{HOME}/staging", name="root")
    return {
        "names": sorted(made.keys()),
        "root": SelectFromCollection.apply(dfc=made, key="root").toDF().columns,
        "items": sorted(list(row)[1:] for row in made.select("root_items").toDF().collect()),
        "joins": made["root"]
        .toDF()
        .alias("r")
        .join(made["root_items"].toDF().alias("i"), F.expr("r.items = i.id"))
        .count(),
    }


def deequ():
    data = spark.createDataFrame([(1, "a", 5), (2, None, 6), (2, "c", 7)], "id int, name string, n int")
    check = (
        Check(spark, CheckLevel.Error, "ours")
        .hasSize(lambda size: size == 3)
        .hasUniqueness(["id", "n"], lambda share: share == 1)
        .isUnique("id")
        .hasCompleteness("name", lambda share: share >= 0.6)
        .isComplete("name")
        .hasMin("n", lambda value: value == 5)
        .hasMax("n", lambda value: value == 7)
    )
    repository = FileSystemMetricsRepository(spark, f"{HOME}/metrics/all.json")
    for _ in range(2):
        result = (
            VerificationSuite(spark)
            .onData(data)
            .useRepository(repository)
            .addCheck(check)
            .saveOrAppendResult(ResultKey(spark, 1000, {"table": "ours"}))
            .run()
        )
    checked = VerificationResult.checkResultsAsDataFrame(spark, result)
    metrics = VerificationResult.successMetricsAsDataFrame(spark, result)
    stored = json.loads(s3.get_object(Bucket=BUCKET, Key="calls/metrics/all.json")["Body"].read())
    return {
        "status": result.status,
        "constraints": [[row["constraint_status"], row["constraint_message"]] for row in checked.collect()],
        "metrics": {f"{row['name']}({row['instance']})": row["value"] for row in metrics.collect()},
        "stored": [[each["resultKey"], len(each["metrics"])] for each in stored],
    }


def workers_see_the_helpers():
    import extra

    return spark.range(2).rdd.map(lambda row: extra.twice(row[0])).collect()


def outside():
    """What the driver and a worker reach."""
    import urllib.request

    import requests
    import urllib3

    def asked(url):
        found = []
        for call in (
            lambda: requests.get(url, timeout=5).status_code,
            lambda: urllib3.PoolManager(retries=False).request("GET", url, timeout=5).status,
            lambda: urllib.request.urlopen(url, timeout=5).status,
        ):
            try:
                found.append(call())
            except Exception as error:  # noqa: BLE001  told, whatever it is
                found.append("lets no job call" in str(error))
        return found

    urls = ["https://hackney-planning.tascomi.com/rest/v1/wards", "https://example.org/"]
    return [[asked(url) for url in urls], spark.sparkContext.parallelize(urls, 1).map(asked).collect()]


def not_covered():
    """What each of these says."""

    def said(call):
        try:
            call()
        except Exception as error:  # noqa: BLE001  told, whatever it is
            return str(error)

    return [
        said(lambda: glue.create_sample_dynamic_frame_from_catalog(DATABASE, "people", 3)),
        said(lambda: glue.write_dynamic_frame.from_jdbc_conf(PEOPLE, "c")),
        said(lambda: glue.create_dynamic_frame.from_options("mysql", {"url": "x"})),
        said(lambda: write(PEOPLE, "avro", "avro")),
        said(lambda: read("json", "json", jsonPath="$.a")),
        said(lambda: PEOPLE.spigot("x")),
        said(lambda: Map.apply(frame=PEOPLE, f=lambda row: row)),
        said(lambda: Check(spark, CheckLevel.Error, "c").hasEntropy("id", lambda value: True)),
    ]


CASES = [
    *(parquet, json_lines, csv_with_header, csv_without_header, nothing_to_read),
    *(
        sink,
        from_catalog,
        from_catalog_with_predicate,
        data_frame_from_catalog,
        data_frame_from_options,
        to_catalog,
    ),
    *(sql, spark_sql, spark_table, tables, absent_table, spark_reads_and_writes, written_by_boto3),
    *(
        purged_before_it_is_read,
        purging_spares_what_is_young,
        purge_table,
        deleted_by_boto3_before_it_is_read,
        int96,
    ),
    *(apply_mapping, drop_and_select, filter_and_join, choice, resolve_choice, relationalize, deequ),
    *(workers_see_the_helpers, outside, not_covered),
]
for case in CASES:
    try:
        told = case()
    except Exception as error:  # noqa: BLE001  told, whatever it is
        told = f"{type(error).__name__}: {str(error)[:300]}"
    print(case.__name__, json.dumps(told, default=str))
job.commit()
