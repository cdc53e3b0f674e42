@idle @section-0
Feature: Nothing to ingest

  Scenario: it has nothing to do
    Given there is nothing to ingest
    Then all is well
