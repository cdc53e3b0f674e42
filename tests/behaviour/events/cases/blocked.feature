@blocked @section-0
Feature: Something is missing

  Scenario: it is blocked
    Given what it builds on is not there
    Then all is well
