@pending @section-0
Feature: A pending step

  @wip
  Scenario: it has a pending step
    Given all is well
    Then a step is still to be written
