@passed @cleaned @section-0
Feature: All is well

  Scenario: it passes
    Given all is well
    Then all is well
