@rule @section-0
Feature: A rule

  Rule: below it are scenarios too

    Scenario: it passes
      Given all is well

    Scenario: it fails
      Then the product is at fault
