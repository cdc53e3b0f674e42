@step-4.2.2 @section-4 @mutates
Feature: 4.2.2 Put the branch's code into the daily snapshot test script

  The original script, deployed in pre-production and production, is not touched.

  Scenario: the daily snapshot test script holds the branch's code
    Given the daily snapshot test job has a script of its own
    When I replace the test script's code by the branch's "tascomi_create_daily_snapshot.py"
    Then the test script is the branch's, byte for byte
    And the original script is as it was
