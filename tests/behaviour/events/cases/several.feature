@several @section-0
Feature: The product is at fault in several ways

  Scenario: each Then is judged
    Given all is well
    Then the product is at fault
    And the product is at fault in another way
    And what the first fault leaves is looked at
    And something else is at fault
    And all is well

  Scenario: an error ends it all the same
    Given all is well
    Then the product is at fault
    And AWS is at fault
    And the product is at fault in another way

  Scenario: a When that fails ends it
    Given all is well
    When the product is at fault
    Then the product is at fault in another way
