@step-4.1.2 @section-4 @mutates
Feature: 4.1.2 Name the clone of the daily snapshot job after the ticket

  Scenario: the daily snapshot test job is saved
    Given the daily snapshot job, "tascomi_create_daily_snapshot", can be cloned
    When I clone it and name the clone after the ticket
    Then the clone does what the original does
