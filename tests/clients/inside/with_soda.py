"""Soda Core 3: checks in SodaCL over Athena."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
from calls import RAW_DATABASE, REGION, RESULTS, call

SETTINGS = Path.home() / ".soda" / "config.yml"
SETTINGS.parent.mkdir(exist_ok=True)
SETTINGS.write_text("send_anonymous_usage_stats: false\n")  # Soda reads it when it is imported

from soda.scan import Scan  # noqa: E402

DATABASE = "soda"
"""Without hyphens: Soda does not quote a database's name, so that Athena refuses one that has them."""
SOURCE = f"""
data_source sandbox:
  type: athena
  access_key_id: sandbox
  secret_access_key: sandbox
  region_name: {REGION}
  staging_dir: s3://{RESULTS}/soda
  database: {DATABASE}
  schema: {DATABASE}
  catalog: awsdatacatalog
  work_group: planning
"""


def copied(name: str) -> None:
    """The table, in the other database."""
    glue = boto3.client("glue")
    table = glue.get_table(DatabaseName=RAW_DATABASE, Name=name)["Table"]
    kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    glue.create_table(DatabaseName=DATABASE, TableInput={each: table[each] for each in kept if each in table})
    partitions = glue.get_partitions(DatabaseName=RAW_DATABASE, TableName=name)["Partitions"]
    inputs = [{each: found[each] for each in ("Values", "StorageDescriptor")} for found in partitions]
    glue.batch_create_partition(DatabaseName=DATABASE, TableName=name, PartitionInputList=inputs)


@call
def other_database() -> None:
    boto3.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    for name in ("wards", "api_response_wards"):
        copied(name)


def scan(checks: str) -> Any:
    """A scan that has been executed."""
    asked = Scan()
    asked.set_data_source_name("sandbox")
    asked.add_configuration_yaml_str(SOURCE)
    asked.add_sodacl_yaml_str(checks)
    asked.execute()
    return asked


@call
def checks_that_pass() -> None:
    asked = scan("""
checks for wards:
  - row_count > 0
  - missing_count(id) = 0
  - duplicate_count(id, import_date) = 0
  - min_length(import_date) = 8
  - invalid_count(import_year) = 0:
      valid values: ["2026"]
  - schema:
      fail:
        when required column missing: [id, import_date]
""")
    assert not asked.has_error_logs(), asked.get_error_logs_text()
    assert not asked.has_check_fails(), asked.get_logs_text()
    assert len(asked.get_checks_fail()) == 0


@call
def checks_that_fail() -> None:
    asked = scan("""
checks for wards:
  - row_count = 0
  - duplicate_count(import_date) = 0
""")
    assert not asked.has_error_logs(), asked.get_error_logs_text()
    assert len(asked.get_checks_fail()) == 2


@call
def check_by_a_query() -> None:
    asked = scan("""
checks for wards:
  - failed rows:
      name: none is called nobody
      fail query: SELECT id FROM wards WHERE id = 'nobody'
""")
    assert not asked.has_error_logs(), asked.get_error_logs_text()
    assert not asked.has_check_fails()


@call
def reference_check() -> None:
    asked = scan("""
checks for wards:
  - values in (import_date) must exist in api_response_wards (import_date)
""")
    assert not asked.has_error_logs(), asked.get_error_logs_text()
    assert not asked.has_check_fails(), asked.get_logs_text()


@call
def profile_of_columns() -> None:
    asked = scan("""
profile columns:
  columns: [wards.id]
""")
    assert not asked.has_error_logs(), asked.get_error_logs_text()
