@step-4.3.1 @section-4 @mutates
Feature: 4.3.1 Run the daily snapshot test job for all tables at once

  @table.<table>
  Scenario Outline: <table> goes through daily snapshot
    Given the daily snapshot test job, a clone of "tascomi_create_daily_snapshot", runs the branch's code
    And the Data Catalog has today's recast data of <table>
    When I run it with "--table_list" set to all tables, <table> among them
    Then the job run succeeds
    And its data for <table> is in today's folder of the snapshots

    Examples: tables under test
      | table                   |
      | (each table under test) |
