@waits @mutates @section-0
Feature: It waits

  Scenario: it asks AWS
    Given the test is told, and goes on when it says so
    Then the jobs can be listed

  Scenario: it asks nobody
    Given all is well
