@step-3.1.2 @section-3 @mutates
Feature: 3.1.2 Name the clone of the recast job after the ticket

  Scenario: the recast test job is saved
    Given the recast job, "tascomi_recast_tables_increments", can be cloned
    When I clone it and name the clone after the ticket
    Then the clone does what the original does
