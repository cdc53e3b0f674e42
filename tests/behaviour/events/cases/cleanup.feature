@cleanup @section-0
Feature: A clean-up that fails

  Scenario: its clean-up fails
    Given a clean-up that will fail
    Then all is well
