@step-6.1 @section-6 @release
Feature: 6.1 Commit the code changes and open a pull request

  Unit tests run when the changes are pushed. They are there for all parts of the process but the parse.

  Scenario: the branch can be merged
    Given the pull request of the ticket's branch
    Then it merges into main as main is now
    And merged, every table is in the Terraform lists once
    And merged, tables in use keep their types
    And it leaves alone what other jobs share
    And I am told what else it changes
    And I am told its unit tests, and what has none

  @table.<table>
  Scenario Outline: <table> is in the change, all of it
    Given the pull request of the ticket's branch
    Then the dictionary types the columns of <table>
    And <table> is in exactly one of the Terraform lists
    And the parse script has the rules for <table>
    And the daily snapshot script has the rules for <table>

    Examples: tables under test
      | table                   |
      | (each table under test) |

  Scenario: it is what pre-production has verified
    Given the pull request of the ticket's branch
    Then the newest verdict of pre-production passed, and is of this commit
