@step-1.1.2 @section-1 @mutates
Feature: 1.1.2 Name the clone after the ticket

  The script of this job does not need to change: the clone keeps the original's.

  Scenario: the API ingestion test job is saved
    Given the API ingestion job, "tascomi_api_ingestion", can be cloned
    When I clone it and name the clone after the ticket
    Then the clone does what the original does
