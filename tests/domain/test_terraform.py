"""What the platform's Terraform says of crawlers and triggers."""

from __future__ import annotations

import pytest

from acceptance.branch.deployment import schedules, untold
from hcl.expressions import Unknown
from hcl.file import Settings, Terraform
from sandbox.deployment import Names
from sandbox.repository import FILES

SAMPLE = (FILES / "terraform/etl/24-aws-glue-tascomi-data.tf").read_text("utf-8")
REAL = """
locals { tables = ["fee_types", "wards"] }
module "ingest" {
  source      = "../modules/aws-glue-job"
  job_name    = "${local.short_identifier_prefix}tascomi_api_ingestion_planning"
  script_name = "tascomi_api_ingestion"
}
resource "aws_glue_trigger" "daily" {
  for_each = toset(local.tables)
  name     = "${local.short_identifier_prefix}Tascomi ${title(replace(each.value, "_", " "))} Ingestion Trigger"
  type     = "SCHEDULED"
  schedule = "cron(0 3 * * ? *)"
  enabled  = local.is_live_environment
  actions {
    job_name  = module.ingest.job_name
    arguments = { "--resource" = each.value }
  }
}
resource "aws_glue_trigger" "unknown" {
  for_each = var.elsewhere
  name     = each.key
  type     = "SCHEDULED"
}
resource "aws_glue_crawler" "responses" {
  name         = "${local.short_identifier_prefix}tascomi-api-response-crawler"
  table_prefix = "api_response_"
  s3_target { path = "s3://${module.raw_zone.bucket_id}/planning/tascomi/api-responses/" }
}
module "parse" {
  source               = "../modules/aws-glue-job"
  job_name             = "${local.short_identifier_prefix}tascomi_parse"
  script_name          = "tascomi_parse_tables_increments"
  glue_version         = "4.0"
  number_of_workers_for_glue_job = local.is_production_environment ? 10 : 2
  glue_job_worker_type = var.worker_type
  triggered_by_crawler = aws_glue_crawler.responses.name
  crawler_details      = { database_name = "raw" }
}
"""
"""Written as the council's own file is: a crawler of its own, names made of functions, what is known elsewhere."""


def triggers(text: str, environment: str) -> dict[str, Settings]:
    return {each.values.get("name", ""): each for each in Terraform(text, Names(environment)).triggers()}


@pytest.mark.parametrize("environment", ["stg", "prod"])
def test_the_samples_triggers_are_on_in_production_alone(environment: str) -> None:
    found = triggers(SAMPLE, environment)
    ingestion = found[f"{environment} tascomi wards ingestion trigger"].values
    assert ingestion["arguments"] == {"--resource": "wards"}
    assert ingestion["schedule"] == "cron(0 22 ? * SUN *)"
    assert {each.values["enabled"] for each in found.values()} == {environment == "prod"}
    parse = found[f"{environment}-tascomi-parse-tables-increments-planning-job-trigger"].values
    assert parse["after_crawler"] == "tascomi-api-response-crawler"
    assert parse["job_name"] == f"{environment} tascomi_parse_tables_increments_planning"


def test_what_cannot_be_worked_out_is_told() -> None:
    found = triggers(REAL, "prod")
    wards = found["prod Tascomi Fee Types Ingestion Trigger"]
    assert wards.values["job_name"] == "prod tascomi_api_ingestion_planning"
    assert untold(wards) == ["enabled (local.is_live_environment)"]
    assert untold(found[""]) == ["for_each (var.elsewhere)"]
    parse = found["prod-tascomi-parse-job-trigger"].values
    assert parse["after_crawler"] == "prod tascomi-api-response-crawler"
    assert found["prod-tascomi-parse-crawler-trigger"].values["crawler_name"] == "prod-tascomi-parse"


def test_a_crawler_of_its_own() -> None:
    file = Terraform(REAL, Names("prod"))
    assert file.crawler("tascomi_api_ingestion", "api_response_").values == {
        "name": "prod tascomi-api-response-crawler",
        "table_prefix": "api_response_",
        "path": "s3://dataplatform-prod-raw-zone/planning/tascomi/api-responses/",
    }
    assert schedules(file, "--resource") == dict.fromkeys(["fee_types", "wards"], "cron(0 3 * * ? *)")


def test_the_workers_of_a_job() -> None:
    found = Terraform(REAL, Names("stg")).workers("tascomi_parse_tables_increments")
    assert found.values == {"GlueVersion": "4.0", "NumberOfWorkers": 2}
    assert found.unknown == {"WorkerType": "var.worker_type"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('local.is_production_environment ? "on" : "off"', "on"),
        ("local.is_production_environment ? 1 : var.elsewhere", 1),
        ("!local.is_production_environment ? 1 : 2 + 3 * 4", 14),
        ('local.environment == "prod" && !(1 > 2) ? 10 : 1', 10),
        ('local.environment != "prod" || 7 % 4 == 3 ? [1, -2] : []', [1, -2]),
        ("max(3, local.is_production_environment ? 9 - 1 : 1)", 8),
        ('{ "--a" = local.is_production_environment ? "x" : "y" }', {"--a": "x"}),
        ('"${local.is_production_environment ? "yes" : "no"}-${local.environment}"', "yes-prod"),
    ],
)
def test_conditions_and_operators(expression: str, value: object) -> None:
    assert Terraform("", Names("prod")).value(f"${{{expression}}}") == value


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("var.elsewhere ? 1 : 2", "var.elsewhere"),
        ("1 / 0", "1 / 0"),
        ('1 + "a"', '1 + "a"'),
        ("local.environment ?", "local.environment ?"),
        ("(1", "(1"),
        ("[for each in x : each]", "[for each in x : each]"),
    ],
)
def test_what_is_no_value_here(expression: str, told: str) -> None:
    with pytest.raises(Unknown) as found:
        Terraform("", Names("prod")).value(f"${{{expression}}}")
    assert str(found.value) == told
