@wordless @section-0
Feature: An assertion without words

  Scenario: it fails
    Then an assertion without words fails
