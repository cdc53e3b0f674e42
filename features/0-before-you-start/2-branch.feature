@branch @section-0
Feature: Create and check out a new Git branch for the code changes

  Scenario: the branch is named after the ticket
    Given a checkout of the Data Platform repository with the ticket's branch
    Then the branch's name refers to the ticket
