@step-6.3 @section-6 @release @after-release
Feature: 6.3 The first night

  The scheduled overnight processes run with the changes for the first time. Until they are due, and for a day after, nothing
  there is no fault.

  But faults that made it into production are rolled back, with the Data Platform team's help, before the next night.

  @table.<table>
  Scenario Outline: the first night has brought <table>
    Given the first night of <table> is over
    Then there is API ingestion data of <table> of that night
    And there is parse data of <table> of that night
    And there is recast data of <table> of that night
    And there is daily snapshot data of <table> of that night

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: <table> stands up at the API ingestion
    Given the first night of <table> is over
    And today's API ingestion data of <table> is in S3
    When I look for "api_response_<table>" in the raw zone's database
    Then the table is there
    And it lies where the API ingestion writes <table>
    And it is partitioned by import_year, import_month, import_day and import_date
    And the catalog describes it as a table of Parquet files
    And its columns are those of an API response of <table>
    And its partitions of the last 14 days are its folders
    When I run the playbook's query on "api_response_<table>"
      """
      WITH
      generation AS (
          SELECT MAX(import_date) AS last_import_date
              FROM "dataplatform-stg-tascomi-raw-zone"."api_response_<table>"
      )
      SELECT g.*, a.*
          FROM "dataplatform-stg-tascomi-raw-zone"."api_response_<table>" a
      INNER JOIN generation g
      ON a.import_date = g.last_import_date
      ORDER BY a.import_datetime DESC
      LIMIT 10
      """
    Then last_import_date is today
    And every page was answered with status 200
    And every page that the API promised is there
    And no page of <table> is lost of an earlier day
    And no day since the last import of <table> was left out
    And the column <table> holds JSON records, each with an id
    And each record of <table> is there once

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: <table> stands up at the parse
    Given the first night of <table> is over
    And today's parse data of <table> is in S3
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
    When I run the playbook's query on "<table>"
      """
      WITH
      generation AS (
          SELECT MAX(import_date) AS last_import_date
              FROM "dataplatform-stg-tascomi-raw-zone"."<table>"
      )
      SELECT g.*, a.*
          FROM "dataplatform-stg-tascomi-raw-zone"."<table>" a
      INNER JOIN generation g
      ON a.import_date = g.last_import_date
      ORDER BY a.import_datetime DESC
      LIMIT 10
      """
    Then last_import_date is today
    And every key of the JSON records is a column of <table>
    And every record of the API response is a row
    And id and import_date together are unique in <table>
    And id is complete in <table>
    And every value of the JSON records is there
    And every value of <table> says what its JSON says
    And the parse of <table> was right on every earlier day

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: <table> stands up at the recast
    Given the first night of <table> is over
    And today's recast data of <table> is in S3
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
    When I run the playbook's query on "increment_<table>"
      """
      WITH
      generation AS (
          SELECT MAX(import_date) AS last_import_date
              FROM "dataplatform-stg-tascomi-refined-zone"."increment_<table>"
      )
      SELECT g.*, a.*
          FROM "dataplatform-stg-tascomi-refined-zone"."increment_<table>" a
      INNER JOIN generation g
      ON a.import_date = g.last_import_date
      ORDER BY a.import_datetime DESC
      LIMIT 10
      """
    Then last_import_date is today
    And every parsed row of <table> is there
    And the id of <table> is no number left as text
    And no value of <table> was lost in the cast
    And every cast value of <table> equals its text
    And every text of <table> is as it was parsed
    And the recast of <table> was right on every earlier day

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: <table> stands up at the daily snapshot
    Given the first night of <table> is over
    And today's daily snapshot data of <table> is in S3
    When I look for "<table>" in the refined zone's database
    Then the table is there
    And it lies where the daily snapshot writes <table>
    And it is partitioned by snapshot_year, snapshot_month, snapshot_day and snapshot_date
    And the catalog describes it as a table of Parquet files
    And its columns are those of the increments, with the snapshot_ keys at the end
    And today's files have the same types
    And its partitions have its columns
    And its partitions of the last 14 days are its folders
    When I run the playbook's query on "<table>"
      """
      WITH
      generation AS (
          SELECT MAX(snapshot_date) AS last_snapshot_date
              FROM "dataplatform-stg-tascomi-refined-zone"."<table>"
      )
      SELECT g.*, a.*
          FROM "dataplatform-stg-tascomi-refined-zone"."<table>" a
      INNER JOIN generation g
      ON a.snapshot_date = g.last_snapshot_date
      ORDER BY a.import_datetime DESC
      LIMIT 10
      """
    Then last_snapshot_date is today
    And id is unique in the snapshot of <table>
    And every id that was ingested is there in its newest version
    And no row of the last snapshot is lost
    And every row of <table> is its increment's or the last snapshot's

    Examples: tables under test
      | table                   |
      | (each table under test) |

  Scenario Outline: the <zone> zone's tables already there are undisturbed
    Given the first night since the release is over
    When I compare the <zone> zone's tables with what AWS keeps of the time before the release
    Then none of the tables already there is gone
    And their columns have the types that they had
    And their generations from before the release are as they were

    Examples: zones
      | zone    |
      | raw     |
      | refined |

  Scenario Outline: the night has reached the tables already there
    Given the first night since the release is over
    When I compare the <zone> zone's tables with what AWS keeps of the time before the release
    Then each of them that had a daily snapshot has a new one
    And no daily snapshot of theirs has lost rows since

    Examples: zones
      | zone    |
      | refined |
