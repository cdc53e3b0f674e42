@api-changes @section-5
Feature: Alternative scenarios: changes in the Tascomi API

  The vendor may add columns to the API's tables, or take some away. The pipeline absorbs that; whoever reads the tables
  should know of it.

  But where "applications", with its 752 columns, changes, this procedure is of little use: seek advice from the Data
  Platform team.

  @table.<table>
  Scenario Outline: the columns of <table> since its last generation
    Given parsed data of <table> are in the Data Catalog
    When I compare the columns of the newest generation with those of the one before
    Then I am told which columns are new or gone
    And none of them is a column of "applications"

    Examples: tables under test
      | table                   |
      | (each table under test) |

  Scenario: the columns of the tables already in the pipeline
    Given parsed data of the tables already in the pipeline are in the Data Catalog
    When I compare the columns of the newest generation with those of the one before
    Then I am told which columns are new or gone
    And none of them is a column of "applications"
