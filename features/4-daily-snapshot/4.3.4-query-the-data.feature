@step-4.3.4 @section-4
Feature: 4.3.4 Query the daily snapshot data using Amazon Athena

  @table.<table>
  Scenario Outline: <table> can be queried after daily snapshot
    Given the Data Catalog has today's daily snapshot data of <table>
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
    And no earlier section has lost anything of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
