@unit-tests @section-0
Feature: The unit tests of what the branch touches

  Unit tests run automatically when the changes are pushed. All parts of the process have some but for the parse of increments.

  Scenario: the repository's own unit tests pass
    Given a checkout of the Data Platform repository with the ticket's branch
    When I run the unit tests of the scripts that the branch touches
    Then each of them passes
