@exits @section-0
Feature: The suite gives up

  Scenario: it leaves
    Then the suite gives up

  Scenario: it is never reached
    Given all is well
