@step-1.2.4 @section-1
Feature: 1.2.4 Query the new data using Amazon Athena

  @table.<table>
  Scenario Outline: <table>'s API data can be queried
    Given the Data Catalog has today's API ingestion data of <table>
    When I run the playbook's query on "api_response_<table>"
    Then last_import_date is today
    And every page was answered with status 200
    And every page that the API promised is there
    And no page of <table> is lost of an earlier day
    And the column <table> holds JSON records, each with an id

    Examples: tables under test
      | table                   |
      | (each table under test) |
