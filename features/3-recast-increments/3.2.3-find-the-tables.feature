@step-3.2.3 @section-3
Feature: 3.2.3 Find the recast tables using Amazon Athena

  @table.<table>
  Scenario Outline: increment_<table> is found in the refined zone
    Given today's recast data of <table> is in S3
    When I look for "increment_<table>" in the refined zone's database
    Then the table is there
    And it lies where the recast writes <table>
    And it is partitioned by import_year, import_month, import_day and import_date
    And the catalog describes it as a table of Parquet files
    And its columns have the types of the dictionary, all others are strings
    And today's files have the same types
    And its partitions have its columns
    And its partitions of the last 14 days are its folders
    And no generation of <table> is missing in it

    Examples: tables under test
      | table                   |
      | (each table under test) |
