@step-3.2.1 @section-3 @mutates
Feature: 3.2.1 Run the recast test job for all tables at once

  @table.<table>
  Scenario Outline: <table> goes through recast
    Given the recast test job, a clone of "tascomi_recast_tables_increments", is there
    And the Data Catalog has today's parse data of <table>
    When I run it with "--table_list" set to all tables, <table> among them
    Then the job run succeeds
    And its data for <table> is in today's folder of the increments

    Examples: tables under test
      | table                   |
      | (each table under test) |
