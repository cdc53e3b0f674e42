@twin-2 @section-0
Feature: Twins

  Scenario: a twin
    Then the product is at fault
