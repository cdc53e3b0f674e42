@step-2.3.3 @section-2
Feature: 2.3.3 Find the parse tables using Amazon Athena

  @table.<table>
  Scenario Outline: <table> is found in the raw zone
    Given today's parse data of <table> is in S3
    When I look for "<table>" in the raw zone's database
    Then the table is there
    And it lies where the parse writes <table>
    And it is partitioned by import_year, import_month, import_day and import_date
    And the catalog describes it as a table of Parquet files
    And its columns are strings, beside those of the API response
    And it has each column that the dictionary types
    And its partitions have its columns
    And its partitions of the last 14 days are its folders
    And no generation of api_response_<table> is missing in it

    Examples: tables under test
      | table                   |
      | (each table under test) |
