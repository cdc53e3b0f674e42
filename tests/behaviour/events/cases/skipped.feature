@skipped @section-0
Feature: A skip

  Scenario: it is skipped
    Given the scenario is skipped
    Then all is well
