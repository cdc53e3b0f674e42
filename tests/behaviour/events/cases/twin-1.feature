@twin-1 @section-0
Feature: Twins

  Scenario: a twin
    Given all is well
