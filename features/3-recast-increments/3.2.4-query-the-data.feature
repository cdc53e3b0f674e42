@step-3.2.4 @section-3
Feature: 3.2.4 Query the recast data using Amazon Athena

  @table.<table>
  Scenario Outline: <table> can be queried after recast
    Given the Data Catalog has today's recast data of <table>
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
    And no earlier section has lost anything of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
