# Planning data from the Tascomi API: ingestion, parsing, recasting and daily snapshots.

locals {
  # ingested daily, at 2am
  tascomi_table_names = [
    "appeals",
    "application_constraints",
    "application_contacts",
    "applications",
    "asset_constraints",
    "assets",
    "committee_meetings",
    "communications",
    "conditions",
    "consultations",
    "contacts",
    "decisions",
    "documents",
    "dtf_locations",
    "emails",
    "enforcements",
    "fee_payments",
    "fees",
    "pre_applications",
    "public_comments",
    "public_notices",
  ]

  # ingested weekly, on Sundays
  tascomi_static_tables = [
    "appeal_decisions",
    "appeal_statuses",
    "appeal_types",
    "application_statuses",
    "application_types",
    "asset_types",
    "breach_types",
    "comment_types",
    "committees",
    "communication_templates",
    "communication_types",
    "condition_types",
    "constraint_types",
    "contact_types",
    "decision_levels",
    "decision_types",
    "document_types",
    "enforcement_protocols",
    "fee_types",
    "notice_types",
    "payment_types",
    "response_types",
    "teams",
    "users",
    "wards",
  ]

  tascomi_table_list         = join(",", concat(local.tascomi_table_names, local.tascomi_static_tables))
  tascomi_deequ_metrics      = "s3://${module.raw_zone_data_source.bucket_id}/quality-metrics/department=planning/dataset=tascomi/"
  tascomi_crawler_exclusions = ["*.json", "*.txt", "*.zip", "*.xlsx", "*_$folder$"]
}

resource "aws_glue_catalog_database" "raw_zone_tascomi" {
  name = "${local.identifier_prefix}-tascomi-raw-zone"
}

resource "aws_glue_catalog_database" "refined_zone_tascomi" {
  name = "${local.identifier_prefix}-tascomi-refined-zone"
}

module "ingest_tascomi_data" {
  source = "../modules/aws-glue-job"

  job_name            = "${local.short_identifier_prefix}tascomi_api_ingestion_planning"
  department          = module.department_planning_data_source
  script_name         = "tascomi_api_ingestion"
  helper_module_key   = data.aws_s3_object.helpers.key
  max_concurrent_runs = 10
  job_parameters = {
    "--resource"              = ""
    "--s3_bucket_target"      = module.raw_zone_data_source.bucket_id
    "--s3_prefix"             = "planning/tascomi/api-responses/"
    "--target_database_name"  = aws_glue_catalog_database.raw_zone_tascomi.name
    "--public_key_secret_id"  = data.aws_secretsmanager_secret.tascomi_api_public_key.id
    "--private_key_secret_id" = data.aws_secretsmanager_secret.tascomi_api_private_key.id
    "--number_of_workers"     = 4
    "--max_lookback_days"     = 30
  }
  crawler_details = {
    name               = "tascomi-api-response-crawler"
    database_name      = aws_glue_catalog_database.raw_zone_tascomi.name
    s3_target_location = "s3://${module.raw_zone_data_source.bucket_id}/planning/tascomi/api-responses/"
    table_prefix       = "api_response_"
    exclusions         = local.tascomi_crawler_exclusions
    configuration = jsonencode({
      Version  = 1.0
      Grouping = { TableLevelConfiguration = 5 }
    })
  }
}

resource "aws_glue_trigger" "tascomi_daily_ingestion" {
  for_each = toset(local.tascomi_table_names)

  name     = "${local.short_identifier_prefix}tascomi ${each.value} ingestion trigger"
  type     = "SCHEDULED"
  schedule = "cron(0 2 * * ? *)"
  enabled  = local.is_production_environment
  actions {
    job_name  = module.ingest_tascomi_data.job_name
    arguments = { "--resource" = each.value }
  }
}

resource "aws_glue_trigger" "tascomi_weekly_ingestion" {
  for_each = toset(local.tascomi_static_tables)

  name     = "${local.short_identifier_prefix}tascomi ${each.value} ingestion trigger"
  type     = "SCHEDULED"
  schedule = "cron(0 22 ? * SUN *)"
  enabled  = local.is_production_environment
  actions {
    job_name  = module.ingest_tascomi_data.job_name
    arguments = { "--resource" = each.value }
  }
}

module "tascomi_parse_tables_increments" {
  source = "../modules/aws-glue-job"

  job_name             = "${local.short_identifier_prefix}tascomi_parse_tables_increments_planning"
  department           = module.department_planning_data_source
  script_name          = "tascomi_parse_tables_increments"
  helper_module_key    = data.aws_s3_object.helpers.key
  triggered_by_crawler = module.ingest_tascomi_data.crawler_name
  trigger_enabled      = local.is_production_environment
  job_parameters = {
    "--job-bookmark-option"     = "job-bookmark-enable"
    "--table_list"              = local.tascomi_table_list
    "--s3_bucket_target"        = "s3://${module.raw_zone_data_source.bucket_id}/planning/tascomi/parsed/"
    "--source_catalog_database" = aws_glue_catalog_database.raw_zone_tascomi.name
    "--deequ_metrics_location"  = local.tascomi_deequ_metrics
  }
  crawler_details = {
    name               = "tascomi-parse-tables-increments-planning"
    database_name      = aws_glue_catalog_database.raw_zone_tascomi.name
    s3_target_location = "s3://${module.raw_zone_data_source.bucket_id}/planning/tascomi/parsed/"
    table_prefix       = null
    exclusions         = local.tascomi_crawler_exclusions
    configuration = jsonencode({
      Version  = 1.0
      Grouping = { TableLevelConfiguration = 5 }
    })
  }
}

module "tascomi_recast_tables_increments" {
  source = "../modules/aws-glue-job"

  job_name             = "${local.short_identifier_prefix}tascomi_recast_tables_increments_planning"
  department           = module.department_planning_data_source
  script_name          = "tascomi_recast_tables_increments"
  helper_module_key    = data.aws_s3_object.helpers.key
  triggered_by_crawler = module.tascomi_parse_tables_increments.crawler_name
  trigger_enabled      = local.is_production_environment
  job_parameters = {
    "--job-bookmark-option"     = "job-bookmark-enable"
    "--table_list"              = local.tascomi_table_list
    "--s3_bucket_target"        = "s3://${module.refined_zone_data_source.bucket_id}/planning/tascomi/increment/"
    "--source_catalog_database" = aws_glue_catalog_database.raw_zone_tascomi.name
    "--column_dict_path"        = "s3://${module.glue_scripts_data_source.bucket_id}/${aws_s3_object.tascomi_column_type_dictionary.key}"
  }
  crawler_details = {
    name               = "tascomi-recast-tables-increments-planning"
    database_name      = aws_glue_catalog_database.refined_zone_tascomi.name
    s3_target_location = "s3://${module.refined_zone_data_source.bucket_id}/planning/tascomi/increment/"
    table_prefix       = "increment_"
    exclusions         = local.tascomi_crawler_exclusions
    configuration = jsonencode({
      Version  = 1.0
      Grouping = { TableLevelConfiguration = 5 }
    })
  }
}

module "tascomi_create_daily_snapshot" {
  source = "../modules/aws-glue-job"

  job_name             = "${local.short_identifier_prefix}tascomi_create_daily_snapshot_planning"
  department           = module.department_planning_data_source
  script_name          = "tascomi_create_daily_snapshot"
  helper_module_key    = data.aws_s3_object.helpers.key
  triggered_by_crawler = module.tascomi_recast_tables_increments.crawler_name
  trigger_enabled      = local.is_production_environment
  job_parameters = {
    "--job-bookmark-option"     = "job-bookmark-enable"
    "--table_list"              = local.tascomi_table_list
    "--s3_bucket_target"        = "s3://${module.refined_zone_data_source.bucket_id}/planning/tascomi/snapshot/"
    "--source_catalog_database" = aws_glue_catalog_database.refined_zone_tascomi.name
    "--deequ_metrics_location"  = local.tascomi_deequ_metrics
  }
  crawler_details = {
    name               = "tascomi-create-daily-snapshot-planning"
    database_name      = aws_glue_catalog_database.refined_zone_tascomi.name
    s3_target_location = "s3://${module.refined_zone_data_source.bucket_id}/planning/tascomi/snapshot/"
    table_prefix       = null
    exclusions         = local.tascomi_crawler_exclusions
    configuration = jsonencode({
      Version  = 1.0
      Grouping = { TableLevelConfiguration = 5 }
    })
  }
}

resource "aws_s3_object" "tascomi_column_type_dictionary" {
  bucket      = module.glue_scripts_data_source.bucket_id
  key         = "scripts/planning/tascomi-column-type-dictionary.json"
  source      = "../../scripts/jobs/planning/tascomi-column-type-dictionary.json"
  source_hash = filemd5("../../scripts/jobs/planning/tascomi-column-type-dictionary.json")
  acl         = "private"
}
