@jobs @section-0
Feature: When you are ready: the pipeline's jobs are listed

  Terraform should have deployed the four jobs of the Tascomi pipeline. In the console one types "stg tascomi" into the
  filter of ETL jobs and expects to see each of them.

  But where one is missing, consult the Data Platform team at once.

  Scenario Outline: the <stage> job is listed
    When I filter the ETL jobs for the Tascomi pipeline
    Then exactly one of them is the <stage> job, "<job>"

    Examples: the pipeline's jobs
      | stage          | job                              |
      | API ingestion  | tascomi_api_ingestion            |
      | parse          | tascomi_parse_tables_increments  |
      | recast         | tascomi_recast_tables_increments |
      | daily snapshot | tascomi_create_daily_snapshot    |
