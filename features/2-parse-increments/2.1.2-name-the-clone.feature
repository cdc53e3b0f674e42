@step-2.1.2 @section-2 @mutates
Feature: 2.1.2 Name the clone of the parse job after the ticket

  Scenario: the parse test job is saved
    Given the parse job, "tascomi_parse_tables_increments", can be cloned
    When I clone it and name the clone after the ticket
    Then the clone does what the original does
