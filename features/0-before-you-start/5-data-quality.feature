@data-quality @section-0
Feature: Add the basic data quality tests in the relevant scripts

  In parse, the combination of "id" and "import_date" is unique and "id", or another column of the table, is complete. In the
  daily snapshot, "id" is unique.

  @table.<table>
  Scenario Outline: <table> has data quality rules
    Given a checkout of the Data Platform repository with the ticket's branch
    Then the parse script has the rules for <table>
    And the daily snapshot script has the rules for <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
