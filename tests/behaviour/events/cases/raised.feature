@raised @section-0
Feature: Something else is at fault

  Scenario: it raises
    Then something else is at fault
    And all is well
