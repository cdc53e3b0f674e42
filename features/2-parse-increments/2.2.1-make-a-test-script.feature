@step-2.2.1 @section-2 @mutates
Feature: 2.2.1 Make a test script beside the parse script

  Scenario: the parse test job gets a script of its own
    Given the parse test job, a clone of "tascomi_parse_tables_increments", is there
    When I name its script after the ticket
    Then the test job runs the test script
    And the test script lies beside "tascomi_parse_tables_increments.py"
