@undefined @section-0
Feature: An undefined step

  Scenario: it has an undefined step
    Given all is well
    Then nobody has written this step
