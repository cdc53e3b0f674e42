"""awswrangler (AWS SDK for pandas): S3, Data Catalog, Athena, STS, Secrets Manager, CloudWatch Logs."""

from __future__ import annotations

import awswrangler as wr
import pandas as pd
from calls import RAW, RAW_DATABASE, RESULTS, WORKGROUP, call, refused

NOT_THERE = "UnknownOperationException.*The sandbox does not implement"
NOT_SUPPORTED = "NOT_SUPPORTED: the sandbox"
DATABASE, FOLDER = "wrangler", f"s3://{RAW}/wrangler"
PEOPLE = pd.DataFrame({"id": [1, 2, 3], "name": ["Ann", "Bob", None], "day": ["a", "a", "b"]})
QUERY = "SELECT id, last_updated FROM wards ORDER BY id LIMIT 3"
ATHENA = {"database": RAW_DATABASE, "workgroup": WORKGROUP, "ctas_approach": False}


def query(sql: str = QUERY, **settings: object) -> pd.DataFrame:
    return wr.athena.read_sql_query(sql, **{**ATHENA, **settings})


# S3


@call
def s3_to_parquet_dataset() -> None:
    wr.catalog.create_database(DATABASE, exist_ok=True)
    written = wr.s3.to_parquet(
        PEOPLE,
        f"{FOLDER}/people/",
        dataset=True,
        database=DATABASE,
        table="people",
        partition_cols=["day"],
        mode="overwrite",
    )
    assert sorted(written["partitions_values"].values()) == [["a"], ["b"]]


@call
def s3_to_parquet_append() -> None:
    more = pd.DataFrame({"id": [4], "name": ["Cat"], "day": ["c"]})
    wr.s3.to_parquet(
        more,
        f"{FOLDER}/people/",
        dataset=True,
        database=DATABASE,
        table="people",
        partition_cols=["day"],
        mode="append",
    )
    found = query("SELECT count(*) AS n FROM people", database=DATABASE)
    assert found["n"].tolist() == [4]


@call
def s3_to_parquet_overwrite_partitions() -> None:
    newer = pd.DataFrame({"id": [5], "name": ["Dan"], "day": ["c"]})
    wr.s3.to_parquet(
        newer,
        f"{FOLDER}/people/",
        dataset=True,
        database=DATABASE,
        table="people",
        partition_cols=["day"],
        mode="overwrite_partitions",
    )
    found = query("SELECT id FROM people WHERE day = 'c'", database=DATABASE)
    assert found["id"].tolist() == [5]


@call
def s3_read_parquet() -> None:
    found = wr.s3.read_parquet(f"{FOLDER}/people/", dataset=True)
    assert sorted(found["id"]) == [1, 2, 3, 5]


@call
def s3_read_parquet_table() -> None:
    assert len(wr.s3.read_parquet_table(table="people", database=DATABASE)) == 4


@call
def s3_read_parquet_metadata() -> None:
    columns, keys = wr.s3.read_parquet_metadata(f"{FOLDER}/people/", dataset=True)
    assert (columns["id"], keys) == ("bigint", {"day": "string"})


@call
def s3_store_parquet_metadata() -> None:
    columns, _, _ = wr.s3.store_parquet_metadata(
        f"{FOLDER}/people/", database=DATABASE, table="stored", dataset=True
    )
    assert columns["name"] == "string"


@call
def s3_csv() -> None:
    wr.s3.to_csv(PEOPLE, f"{FOLDER}/people.csv", index=False)
    assert wr.s3.read_csv(f"{FOLDER}/people.csv")["id"].tolist() == [1, 2, 3]


@call
def s3_json() -> None:
    wr.s3.to_json(PEOPLE, f"{FOLDER}/people.json")
    assert wr.s3.read_json(f"{FOLDER}/people.json")["id"].tolist() == [1, 2, 3]


@call
def s3_orc() -> None:
    wr.s3.to_orc(PEOPLE, f"{FOLDER}/people.orc")
    assert wr.s3.read_orc(f"{FOLDER}/people.orc")["id"].tolist() == [1, 2, 3]


@call
def s3_read_fwf() -> None:
    wr.s3.upload(_file("1 Ann\n2 Bob\n"), f"{FOLDER}/people.fwf")
    assert len(wr.s3.read_fwf(f"{FOLDER}/people.fwf", header=None)) == 2


@call
def s3_upload_and_download() -> None:
    wr.s3.upload(_file("text"), f"{FOLDER}/a.txt")
    target = _file("")
    wr.s3.download(f"{FOLDER}/a.txt", target)
    target.seek(0)
    assert target.read() == b"text"


@call
def s3_copy_objects() -> None:
    copied = wr.s3.copy_objects([f"{FOLDER}/a.txt"], FOLDER, f"s3://{RAW}/wrangler-copies")
    assert copied == [f"s3://{RAW}/wrangler-copies/a.txt"]


@call
def s3_merge_datasets() -> None:
    wr.s3.merge_datasets(f"{FOLDER}/people/", f"s3://{RAW}/wrangler-merged/", mode="append")
    assert wr.s3.list_objects(f"s3://{RAW}/wrangler-merged/")


@call
def s3_list_objects() -> None:
    assert f"{FOLDER}/a.txt" in wr.s3.list_objects(f"{FOLDER}/")
    assert wr.s3.list_objects(f"{FOLDER}/*.csv") == [f"{FOLDER}/people.csv"]


@call
def s3_list_directories() -> None:
    assert f"{FOLDER}/people/" in wr.s3.list_directories(f"{FOLDER}/")


@call
def s3_list_buckets() -> None:
    assert RAW in wr.s3.list_buckets()


@call
def s3_get_bucket_region() -> None:
    assert wr.s3.get_bucket_region(RAW) == "eu-west-2"


@call
def s3_does_object_exist() -> None:
    assert wr.s3.does_object_exist(f"{FOLDER}/a.txt")
    assert not wr.s3.does_object_exist(f"{FOLDER}/none.txt")


@call
def s3_describe_and_size_objects() -> None:
    assert wr.s3.describe_objects(f"{FOLDER}/a.txt")[f"{FOLDER}/a.txt"]["ContentLength"] == 4
    assert wr.s3.size_objects(f"{FOLDER}/a.txt") == {f"{FOLDER}/a.txt": 4}


@call
def s3_wait_objects() -> None:
    wr.s3.wait_objects_exist([f"{FOLDER}/a.txt"])
    wr.s3.wait_objects_not_exist([f"{FOLDER}/none.txt"], delay=0.1, max_attempts=1)


@refused("NotImplemented.*The sandbox does not implement")
def s3_select_query() -> None:
    wr.s3.select_query(
        "SELECT * FROM s3object s",
        f"{FOLDER}/people.csv",
        input_serialization="CSV",
        input_serialization_params={"FileHeaderInfo": "Use"},
    )


@call
def s3_delete_objects() -> None:
    wr.s3.delete_objects(f"s3://{RAW}/wrangler-copies/")
    assert wr.s3.list_objects(f"s3://{RAW}/wrangler-copies/") == []


# Data Catalog


@call
def catalog_create_and_delete_database() -> None:
    wr.catalog.create_database("wrangler_gone", description="for a moment")
    assert "wrangler_gone" in wr.catalog.databases()["Database"].tolist()
    wr.catalog.delete_database("wrangler_gone")
    assert "wrangler_gone" not in [each["Name"] for each in wr.catalog.get_databases()]


@call
def catalog_create_parquet_table() -> None:
    wr.catalog.create_parquet_table(
        database=DATABASE,
        table="made",
        path=f"{FOLDER}/made/",
        columns_types={"id": "bigint", "name": "string"},
        partitions_types={"day": "string"},
        description="made",
        columns_comments={"id": "its number"},
        columns_parameters={"id": {"unit": "none"}},
        mode="overwrite",
    )
    assert wr.catalog.get_table_types(DATABASE, "made") == {
        "id": "bigint",
        "name": "string",
        "day": "string",
    }


@call
def catalog_create_csv_table() -> None:
    wr.catalog.create_csv_table(DATABASE, "made_csv", f"{FOLDER}/csv/", {"id": "bigint"})
    assert wr.catalog.does_table_exist(DATABASE, "made_csv")


@call
def catalog_create_json_table() -> None:
    wr.catalog.create_json_table(DATABASE, "made_json", f"{FOLDER}/json/", {"id": "bigint"})


@call
def catalog_create_orc_table() -> None:
    wr.catalog.create_orc_table(DATABASE, "made_orc", f"{FOLDER}/orc/", {"id": "bigint"})


@call
def catalog_add_parquet_partitions() -> None:
    where = {f"{FOLDER}/made/day={day}/": [day] for day in "xyz"}
    wr.catalog.add_parquet_partitions(DATABASE, "made", where)
    assert wr.catalog.get_parquet_partitions(DATABASE, "made") == where
    assert wr.catalog.get_partitions(DATABASE, "made", expression="day > 'x'") == {
        path: values for path, values in where.items() if values > ["x"]
    }


@call
def catalog_delete_partitions() -> None:
    wr.catalog.delete_partitions("made", DATABASE, [["x"]])
    assert len(wr.catalog.get_partitions(DATABASE, "made")) == 2
    wr.catalog.delete_all_partitions("made", DATABASE)
    assert wr.catalog.get_partitions(DATABASE, "made") == {}


@call
def catalog_add_and_delete_column() -> None:
    wr.catalog.add_column(DATABASE, "made", "age", "int", "in years")
    assert wr.catalog.get_table_types(DATABASE, "made")["age"] == "int"
    wr.catalog.delete_column(DATABASE, "made", "age")
    assert "age" not in wr.catalog.get_table_types(DATABASE, "made")


@call
def catalog_comments_and_parameters_of_columns() -> None:
    assert wr.catalog.get_columns_comments(DATABASE, "made")["id"] == "its number"
    assert wr.catalog.get_columns_parameters(DATABASE, "made")["id"] == {"unit": "none"}


@call
def catalog_table_parameters() -> None:
    wr.catalog.upsert_table_parameters({"owner": "planning"}, DATABASE, "made")
    assert wr.catalog.get_table_parameters(DATABASE, "made")["owner"] == "planning"
    wr.catalog.overwrite_table_parameters({"only": "this"}, DATABASE, "made")
    assert wr.catalog.get_table_parameters(DATABASE, "made") == {"only": "this"}


@call
def catalog_description_and_location() -> None:
    assert wr.catalog.get_table_description(DATABASE, "made") == "made"
    assert wr.catalog.get_table_location(DATABASE, "made") == f"{FOLDER}/made/"


@call
def catalog_versions() -> None:
    assert wr.catalog.get_table_number_of_versions(DATABASE, "made") == len(
        wr.catalog.get_table_versions(DATABASE, "made")
    )


@call
def catalog_tables() -> None:
    found = wr.catalog.tables(database=DATABASE, name_prefix="made")["Table"]
    assert set(found) == {"made", "made_csv", "made_json", "made_orc"}
    assert wr.catalog.table(DATABASE, "made")["Column Name"].tolist() == ["id", "name", "day"]
    assert len(list(wr.catalog.get_tables(database=RAW_DATABASE, name_suffix="wards"))) == 2


@refused(NOT_THERE)
def catalog_search_tables() -> None:
    list(wr.catalog.search_tables(text="made_csv"))


@call
def catalog_delete_table_if_exists() -> None:
    assert wr.catalog.delete_table_if_exists(DATABASE, "made_csv")
    assert not wr.catalog.delete_table_if_exists(DATABASE, "made_csv")
    assert not wr.catalog.does_table_exist(DATABASE, "made_csv")


@refused(NOT_THERE)
def catalog_get_connection() -> None:
    wr.catalog.get_connection("none")


# Athena


@call
def athena_read_sql_query() -> None:
    assert len(query()) == 3


@call
def athena_read_sql_query_with_parameters() -> None:
    found = query(
        "SELECT id FROM wards WHERE id = :id LIMIT 1",
        params={"id": "1"},
        paramstyle="named",
    )
    assert found["id"].tolist() == ["1"]


@call
def athena_read_sql_query_with_execution_parameters() -> None:
    found = query("SELECT id FROM wards WHERE id = ? LIMIT 1", params=["'1'"], paramstyle="qmark")
    assert found["id"].tolist() == ["1"]


@call
def athena_read_sql_query_in_chunks() -> None:
    assert [len(each) for each in query(chunksize=2)] == [2, 1]


@call
def athena_read_sql_query_from_its_cache() -> None:
    settings = {"max_cache_seconds": 900}
    first = query(athena_cache_settings=settings)
    again = query(athena_cache_settings=settings)
    assert first.equals(again)


@call
def athena_read_sql_table() -> None:
    found = wr.athena.read_sql_table("people", DATABASE, ctas_approach=False, workgroup=WORKGROUP)
    assert len(found) == 4


@refused(NOT_SUPPORTED)
def athena_read_sql_query_by_ctas() -> None:
    query(ctas_approach=True)


@refused(NOT_SUPPORTED)
def athena_read_sql_query_by_unload() -> None:
    query(unload_approach=True, s3_output=f"s3://{RESULTS}/unloaded/")


@refused(NOT_SUPPORTED)
def athena_create_ctas_table() -> None:
    wr.athena.create_ctas_table(QUERY, database=RAW_DATABASE, workgroup=WORKGROUP, wait=True)


@refused(NOT_SUPPORTED)
def athena_unload() -> None:
    wr.athena.unload(QUERY, f"s3://{RESULTS}/unloaded/", RAW_DATABASE, workgroup=WORKGROUP)


@refused(NOT_SUPPORTED)
def athena_repair_table() -> None:
    wr.athena.repair_table("people", database=DATABASE, workgroup=WORKGROUP)


@refused(NOT_SUPPORTED)
def athena_show_create_table() -> None:
    wr.athena.show_create_table("people", database=DATABASE, workgroup=WORKGROUP)


@call
def athena_generate_create_query() -> None:
    assert "PARTITIONED BY" in wr.athena.generate_create_query("people", database=DATABASE)


@call
def athena_describe_table() -> None:
    found = wr.athena.describe_table("people", database=DATABASE, workgroup=WORKGROUP)
    assert found["Column Name"].tolist() == ["id", "name", "day"]
    assert found["Partition"].tolist() == [False, False, True]


@call
def athena_start_wait_and_get() -> None:
    id_ = wr.athena.start_query_execution(QUERY, database=RAW_DATABASE, workgroup=WORKGROUP)
    assert wr.athena.wait_query(id_)["Status"]["State"] == "SUCCEEDED"
    assert len(wr.athena.get_query_results(id_)) == 3
    assert wr.athena.get_query_columns_types(id_) == {"id": "varchar", "last_updated": "varchar"}
    assert wr.athena.get_query_execution(id_)["Query"] == QUERY
    assert wr.athena.get_query_executions([id_])["QueryExecutionId"].tolist() == [id_]
    assert id_ in wr.athena.list_query_executions(workgroup=WORKGROUP)


@call
def athena_stop_query_execution() -> None:
    id_ = wr.athena.start_query_execution(QUERY, database=RAW_DATABASE, workgroup=WORKGROUP)
    wr.athena.stop_query_execution(id_)


@call
def athena_get_work_group() -> None:
    assert wr.athena.get_work_group(WORKGROUP)["WorkGroup"]["State"] == "ENABLED"


@call
def athena_create_athena_bucket() -> None:
    assert wr.athena.create_athena_bucket().startswith("s3://aws-athena-query-results-111122223333")


@refused(NOT_THERE)
def athena_create_prepared_statement() -> None:
    wr.athena.create_prepared_statement("SELECT 1", "one", workgroup=WORKGROUP)


@refused(NOT_THERE)
def athena_list_prepared_statements() -> None:
    wr.athena.list_prepared_statements(workgroup=WORKGROUP)


@refused(NOT_THERE)
def athena_get_named_query_statement() -> None:
    wr.athena.get_named_query_statement("00000000-0000-0000-0000-000000000000")


@refused(NOT_SUPPORTED)
def athena_to_iceberg() -> None:
    wr.athena.to_iceberg(
        PEOPLE,
        database=DATABASE,
        table="berg",
        table_location=f"{FOLDER}/berg/",
        temp_path=f"{FOLDER}/temporary/",
        workgroup=WORKGROUP,
    )


@refused(NOT_THERE)
def athena_create_spark_session() -> None:
    wr.athena.create_spark_session(workgroup=WORKGROUP)


# STS, Secrets Manager, CloudWatch Logs, data quality


@call
def sts() -> None:
    assert wr.sts.get_account_id() == "111122223333"
    assert "assumed-role" in wr.sts.get_current_identity_arn()
    assert wr.sts.get_current_identity_name()


@call
def secretsmanager_get_secret() -> None:
    assert wr.secretsmanager.get_secret("dataplatform-stg/tascomi-api-public-key")


@call
def cloudwatch_log_streams() -> None:
    wr.cloudwatch.describe_log_streams("/aws-glue/jobs/output")
    wr.cloudwatch.filter_log_events("/aws-glue/jobs/output")


@refused(NOT_THERE)
def cloudwatch_read_logs() -> None:
    wr.cloudwatch.read_logs("fields @timestamp", ["/aws-glue/jobs/output"])


@refused(NOT_THERE)
def data_quality_create_ruleset() -> None:
    wr.data_quality.create_ruleset("rules", DATABASE, "people", dqdl_rules="Rules = [ RowCount > 1 ]")


def _file(text: str) -> object:
    import io

    return io.BytesIO(text.encode())
