@column-types @section-0
Feature: Check the tables to be added against the column type dictionary

  The recast job converts what the dictionary names and leaves all else as text. Two tables, asset_constraints and
  pre_applications, are left out of it on purpose, because other pipelines depend upon them unconverted.

  @table.<table>
  Scenario Outline: the columns of <table> are in the dictionary
    Given a checkout of the Data Platform repository with the ticket's branch
    Then the dictionary types the columns of <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |

  Scenario: tables in use keep their types
    Given a checkout of the Data Platform repository with the ticket's branch
    Then the branch leaves the types of tables already in the pipeline as they are
