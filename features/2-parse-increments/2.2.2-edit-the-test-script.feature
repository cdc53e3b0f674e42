@step-2.2.2 @section-2 @mutates
Feature: 2.2.2 Put the branch's code into the parse test script

  The original script, deployed in pre-production and production, is not touched.

  Scenario: the parse test script holds the branch's code
    Given the parse test job has a script of its own
    When I replace the test script's code by the branch's "tascomi_parse_tables_increments.py"
    Then the test script is the branch's, byte for byte
    And the original script is as it was
