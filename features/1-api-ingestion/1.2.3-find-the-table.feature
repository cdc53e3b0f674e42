@step-1.2.3 @section-1
Feature: 1.2.3 Find the new table using Amazon Athena

  @table.<table>
  Scenario Outline: api_response_<table> is found
    Given today's API ingestion data of <table> is in S3
    When I look for "api_response_<table>" in the raw zone's database
    Then the table is there
    And it lies where the API ingestion writes <table>
    And it is partitioned by import_year, import_month, import_day and import_date
    And the catalog describes it as a table of Parquet files
    And its columns are those of an API response of <table>
    And its partitions of the last 14 days are its folders

    Examples: tables under test
      | table                   |
      | (each table under test) |
