@step-4.3.3 @section-4
Feature: 4.3.3 Find the daily snapshot tables using Amazon Athena

  @table.<table>
  Scenario Outline: <table> is found in the refined zone
    Given today's daily snapshot data of <table> is in S3
    When I look for "<table>" in the refined zone's database
    Then the table is there
    And it lies where the daily snapshot writes <table>
    And it is partitioned by snapshot_year, snapshot_month, snapshot_day and snapshot_date
    And the catalog describes it as a table of Parquet files
    And its columns are those of the increments, with the snapshot_ keys at the end
    And today's files have the same types
    And its partitions have its columns
    And its partitions of the last 14 days are its folders

    Examples: tables under test
      | table                   |
      | (each table under test) |
