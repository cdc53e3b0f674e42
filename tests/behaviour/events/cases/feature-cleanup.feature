@feature-cleanup @section-0
Feature: A clean-up of the feature that fails

  Scenario: it passes
    Given a clean-up of the feature that will fail
    Then all is well
