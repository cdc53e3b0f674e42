@step-4.3.4 @section-4
Feature: 4.3.4 Query the daily snapshot data using Amazon Athena

  @table.<table>
  Scenario Outline: <table> can be queried after daily snapshot
    Given the Data Catalog has today's daily snapshot data of <table>
    When I run the playbook's query on "<table>"
    Then last_snapshot_date is today
    And id is unique in the snapshot of <table>
    And every id of the increments is there in its latest version
    And no row of the last snapshot is lost
    And every row of <table> is its increment's or the last snapshot's

    Examples: tables under test
      | table                   |
      | (each table under test) |
