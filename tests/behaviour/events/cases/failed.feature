@failed @section-0
Feature: The product is at fault

  Scenario: it fails
    Given all is well
    Then the product is at fault
    And all is well
    And nobody has written this step

  Scenario: it passes
    Given all is well
