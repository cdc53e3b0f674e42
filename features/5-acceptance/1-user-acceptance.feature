@user-acceptance @section-5
Feature: User acceptance: the new tables are there to be explored

  Whoever asked for the tables selects the refined zone's database in Amazon Athena, finds them and expands their columns.

  @table.<table>
  Scenario Outline: <table> has columns as the API has them
    Given the snapshot of <table> was crawled
    When I look for "<table>" in the refined zone's database
    Then the table is there
    And its columns have types equivalent to the API's, with the snapshot_ keys at the end

    Examples: tables under test
      | table                   |
      | (each table under test) |

  @table.<table>
  Scenario Outline: <table> has rows to explore
    Given the snapshot of <table> was crawled
    When I count the rows of the newest generation
    Then there are rows to explore
    And they are as fresh as the table's ingestion makes them
    And no earlier section has lost anything of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |
