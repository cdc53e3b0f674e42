@died @section-0
Feature: A job run died before

  Scenario: it was not run
    Given the job run for all tables died before this one
    Then all is well
