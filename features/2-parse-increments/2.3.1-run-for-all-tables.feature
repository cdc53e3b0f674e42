@step-2.3.1 @section-2 @mutates
Feature: 2.3.1 Run the parse test job for all tables at once

  @table.<table>
  Scenario Outline: <table> goes through parse
    Given the parse test job, a clone of "tascomi_parse_tables_increments", runs the branch's code
    And the Data Catalog has today's API ingestion data of <table>
    When I run it with "--table_list" set to all tables, <table> among them
    Then the job run succeeds
    And its data for <table> is in today's folder of the parsed increments

    Examples: tables under test
      | table                   |
      | (each table under test) |
