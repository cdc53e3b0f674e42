@step-1.2.4 @section-1
Feature: 1.2.4 Query the new data using Amazon Athena

  @table.<table>
  Scenario Outline: <table>'s API data can be queried
    Given the Data Catalog has today's API ingestion data of <table>
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
