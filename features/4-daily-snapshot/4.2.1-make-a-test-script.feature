@step-4.2.1 @section-4 @mutates
Feature: 4.2.1 Make a test script beside the daily snapshot script

  Scenario: the daily snapshot test job gets a script of its own
    Given the daily snapshot test job, a clone of "tascomi_create_daily_snapshot", is there
    When I name its script after the ticket
    Then the test job runs the test script
    And the test script lies beside "tascomi_create_daily_snapshot.py"
