@step-2.3.4 @section-2
Feature: 2.3.4 Query the parse data using Amazon Athena

  @table.<table>
  Scenario Outline: <table> can be queried after parse
    Given the Data Catalog has today's parse data of <table>
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
    And no earlier section has lost anything of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
